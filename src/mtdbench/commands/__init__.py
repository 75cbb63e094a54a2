"""What the verbs of the command line do on a user's own files, and what the Snakefile asks for."""
