"""CI systems: one small module each, one shape out: triggers start jobs, jobs hold steps, steps run commands."""
