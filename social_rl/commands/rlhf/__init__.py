"""What can the commands of `social-rl rlhf` be asked for? One file for each."""
