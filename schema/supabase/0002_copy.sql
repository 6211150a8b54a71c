-- What `otplan registry copy` reads beside the workspace: approvals that are no longer the newest.

BEGIN;

CREATE OR REPLACE FUNCTION otplan_approval(of_workspace text, of_number integer) RETURNS text
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT coalesce(json_agg(document), '[]')::text FROM otplan_approvals
    WHERE workspace = of_workspace AND number = of_number
$$;

INSERT INTO otplan_migrations (number) VALUES (2) ON CONFLICT DO NOTHING;

COMMIT;

NOTIFY pgrst, 'reload schema';
