"""Equipment that jurisdictions may buy and use together: a small engine outside Tieline."""
