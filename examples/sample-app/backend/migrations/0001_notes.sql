CREATE TABLE notes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    text text NOT NULL,
    words integer,
    created_at timestamptz NOT NULL DEFAULT now()
);
