"""Pictures of every document with invented people: `python -m printstation.documents.samples FOLDER`."""
