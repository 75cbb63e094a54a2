"""CryoGAN on windows that were cut anywhere."""
