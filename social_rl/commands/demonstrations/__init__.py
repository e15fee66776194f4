"""One file for each command of `social-rl demonstrations`: its options and nothing else."""
