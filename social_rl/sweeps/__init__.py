"""How is a grid of commands and seeds run as one study? A file says what, cells are run, figures are gathered."""
