"""Values drawn as text, JSON, Markdown and graphs; nothing here prints."""
