"""Banks that receive Pix: Bacen's Pix API 2.9.0, and each bank's dialect of it."""
