"""Reading: a plan document becomes headings, targets, tasks and responsible units, each with its place in the text."""
