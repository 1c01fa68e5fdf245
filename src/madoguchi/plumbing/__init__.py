"""Technical ground: web, database, jobs, mail, telephone, keys, templates, observability."""
