"""From rows and the journal to the data of a document; the documents themselves are in `documents/`."""
