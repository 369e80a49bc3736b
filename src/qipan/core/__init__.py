"""Core: the state of the city: areas, units, resources, links, plans, targets, measurements, jobs, history, access."""
