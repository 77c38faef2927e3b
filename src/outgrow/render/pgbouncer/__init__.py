"""PgBouncer between applications and PostgreSQL, sized by the strategy's pools."""
