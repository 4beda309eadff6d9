"""Joint work (协同办理): cases that go from hand to hand across borders, in the same ledger."""
