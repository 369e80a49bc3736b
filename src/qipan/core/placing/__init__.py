"""Build plans: candidates of the register, demand, costs and conditions; solved, kept, compared, entered."""
