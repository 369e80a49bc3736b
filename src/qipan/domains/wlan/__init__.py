"""City WLAN: access points."""
