"""How things call each other: references resolved against what there is, tools and stages unknown."""
