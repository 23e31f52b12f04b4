"""The providers' own SDKs, behind one small interface that says what to do next."""
