"""What every part of the app may use: settings, background threads, result cache, who is asking."""
