"""Many runs at once, in processes of their own: races between settings, and searches."""
