"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const items = all("[data-item]").map((node) => ({ node, text: node.textContent.toLowerCase() }));
  const input = document.getElementById("find");
  const output = document.querySelector("output");
  const toggles = all("[data-verdict]");

  // Controls do nothing without this script, so that only it shows them.
  all(".js").forEach((node) => { node.hidden = false; });

  const filter = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const off = new Set(toggles.filter((each) => each.getAttribute("aria-pressed") === "false").map((each) => each.dataset.verdict));
    let shown = 0;
    for (const { node, text } of items) {
      node.hidden = !words.every((word) => text.includes(word)) || off.has(node.dataset.is);
      shown += node.hidden ? 0 : 1;
    }
    const filtered = words.length > 0 || off.size > 0;
    for (const section of all("[data-section]")) {
      const own = all("[data-item]", section);
      section.hidden = filtered && own.length > 0 && own.every((node) => node.hidden);
    }
    for (const absent of all(".absent")) {
      absent.hidden = filtered && all("[data-item]", absent).every((node) => node.hidden);
      if (words.length) absent.open = !absent.hidden;
    }
    output.textContent = filtered ? `${shown} of ${items.length} entries` : "";
  };
  input.addEventListener("input", filter);
  input.form.addEventListener("submit", (event) => event.preventDefault());
  toggles.forEach((each) => each.addEventListener("click", () => {
    each.setAttribute("aria-pressed", String(each.getAttribute("aria-pressed") !== "true"));
    filter();
  }));

  all("[data-open]").forEach((button) => button.addEventListener("click", () => {
    const open = button.textContent === "Open all";
    all("details.row", document.getElementById(button.dataset.open)).forEach((each) => { each.open = open; });
    button.textContent = open ? "Close all" : "Open all";
  }));

  // A link to something that is folded away, or filtered away, unfolds it.
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.closest("[hidden]")) {
      input.value = "";
      toggles.forEach((each) => { each.setAttribute("aria-pressed", "true"); });
      filter();
    }
    for (let node = target; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();

  all(".wires").forEach((figure) => {
    const pan = figure.querySelector(".pan");
    const svg = pan.querySelector("svg");
    const natural = svg.viewBox.baseVal;
    const zoom = (factor) => {
      const wide = svg.getBoundingClientRect().width * factor;
      const width = Math.min(Math.max(wide, 120), natural.width * 4);
      pan.classList.toggle("zoomed", factor !== 0);
      svg.setAttribute("width", factor ? width : natural.width);
      svg.setAttribute("height", factor ? (width * natural.height) / natural.width : natural.height);
    };
    all("[data-zoom]", figure).forEach((button) => button.addEventListener("click", () => zoom(Number(button.dataset.zoom))));
    figure.closest("details").addEventListener("toggle", () => { pan.scrollLeft = (pan.scrollWidth - pan.clientWidth) / 2; });
    pan.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      zoom(event.deltaY < 0 ? 1.1 : 1 / 1.1);
    }, { passive: false });
    pan.addEventListener("pointermove", (event) => {
      if (event.buttons === 1 && event.pointerType === "mouse") pan.scrollBy(-event.movementX, -event.movementY);
    });
  });
})();
