"""Stories: pages told one after the other, a sentence each, every figure bound to what the engine found."""
