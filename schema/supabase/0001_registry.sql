-- otplan's registry: what was approved, what was sent, and what became of it.
--
-- Run it as the owner of the database, as often as you like: in the SQL editor, with psql, or with
-- `otplan registry migrate`. It touches nothing but what is named otplan_*.
--
-- What identifies a row is a column; the value itself is one document, kept as it was written:
-- `json` and not `jsonb`, which would forget the order of keys and respell numbers.

BEGIN;

CREATE TABLE IF NOT EXISTS otplan_migrations (
    number integer PRIMARY KEY,
    applied timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS otplan_members (
    member uuid PRIMARY KEY
);
COMMENT ON TABLE otplan_members IS
    'Who may write, beside the service role: ids of auth.users. Only the owner adds to it.';

CREATE TABLE IF NOT EXISTS otplan_workspaces (
    name text PRIMARY KEY,
    id text NOT NULL,
    manifest text NOT NULL
);

CREATE TABLE IF NOT EXISTS otplan_approvals (
    workspace text NOT NULL REFERENCES otplan_workspaces (name),
    number integer NOT NULL,
    call uuid NOT NULL,
    document json NOT NULL,
    PRIMARY KEY (workspace, number),
    UNIQUE (workspace, call)
);
COMMENT ON COLUMN otplan_approvals.call IS
    'The request that made the row: the same request sent twice makes one.';

CREATE TABLE IF NOT EXISTS otplan_attempts (
    workspace text NOT NULL REFERENCES otplan_workspaces (name),
    fingerprint text NOT NULL,
    n integer NOT NULL,
    call uuid NOT NULL,
    document json NOT NULL,
    PRIMARY KEY (workspace, fingerprint, n)
);
CREATE INDEX IF NOT EXISTS otplan_attempts_of_call ON otplan_attempts (workspace, call);

-- `noted` is the order in which facts came in, whatever the clocks of those who noted them.
-- Facts and the courtesy row are taken for any workspace: they must never be refused.
CREATE TABLE IF NOT EXISTS otplan_facts (
    noted bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace text NOT NULL,
    id text NOT NULL,
    document json NOT NULL,
    UNIQUE (workspace, id)
);
CREATE INDEX IF NOT EXISTS otplan_facts_as_noted ON otplan_facts (workspace, noted);

CREATE TABLE IF NOT EXISTS otplan_holders (
    workspace text PRIMARY KEY,
    document json
);
COMMENT ON COLUMN otplan_holders.document IS 'Who is applying; null while nobody does.';


-- Rights. Everybody reads; members and the service role write; what is recorded stays as it is.

CREATE OR REPLACE FUNCTION otplan_member() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM otplan_members
        WHERE member::text = coalesce(
            nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub',
            current_setting('request.jwt.claim.sub', true)
        )
    )
$$;

DO $$
DECLARE
    made text;
BEGIN
    FOREACH made IN ARRAY ARRAY[
        'migrations', 'members', 'workspaces', 'approvals', 'attempts', 'facts', 'holders'
    ] LOOP
        made := 'otplan_' || made;
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', made);
        EXECUTE format('REVOKE ALL ON %I FROM PUBLIC, anon, authenticated, service_role', made);
        EXECUTE format('GRANT SELECT ON %I TO anon, authenticated, service_role', made);
        EXECUTE format('DROP POLICY IF EXISTS otplan_everybody ON %I', made);
        EXECUTE format('CREATE POLICY otplan_everybody ON %I FOR SELECT USING (true)', made);
    END LOOP;
    -- Restrictive, since PostgreSQL names only such a policy when it refuses a row.
    FOREACH made IN ARRAY ARRAY['workspaces', 'approvals', 'attempts', 'facts', 'holders'] LOOP
        made := 'otplan_' || made;
        EXECUTE format('GRANT INSERT ON %I TO anon, authenticated, service_role', made);
        EXECUTE format('DROP POLICY IF EXISTS otplan_writers_insert ON %I', made);
        EXECUTE format(
            'CREATE POLICY otplan_writers_insert ON %I FOR INSERT WITH CHECK (true)', made
        );
        EXECUTE format('DROP POLICY IF EXISTS otplan_writers_update ON %I', made);
        EXECUTE format('CREATE POLICY otplan_writers_update ON %I FOR UPDATE USING (true)', made);
        EXECUTE format('DROP POLICY IF EXISTS otplan_members_insert ON %I', made);
        EXECUTE format(
            'CREATE POLICY otplan_members_insert ON %I AS RESTRICTIVE FOR INSERT'
            ' TO anon, authenticated WITH CHECK (otplan_member())', made
        );
        EXECUTE format('DROP POLICY IF EXISTS otplan_members_update ON %I', made);
        EXECUTE format(
            'CREATE POLICY otplan_members_update ON %I AS RESTRICTIVE FOR UPDATE'
            ' TO anon, authenticated USING (true) WITH CHECK (otplan_member())', made
        );
    END LOOP;
END
$$;
REVOKE ALL ON otplan_members FROM anon, authenticated;
DROP POLICY otplan_everybody ON otplan_members;
GRANT UPDATE (manifest) ON otplan_workspaces TO anon, authenticated, service_role;
GRANT UPDATE (document) ON otplan_holders TO anon, authenticated, service_role;

-- Rights can be given again by accident, also to the service role, which no policy binds.
CREATE OR REPLACE FUNCTION otplan_recorded() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        RETURN NULL;
    END IF;
    RAISE insufficient_privilege USING MESSAGE = format(
        'policy "otplan_recorded" for table "%s": what is recorded nobody edits', TG_TABLE_NAME
    );
END
$$;

DO $$
DECLARE
    made text;
BEGIN
    FOREACH made IN ARRAY ARRAY['approvals', 'attempts', 'facts'] LOOP
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER otplan_recorded BEFORE UPDATE OR DELETE OR TRUNCATE'
            ' ON %I EXECUTE FUNCTION otplan_recorded()', 'otplan_' || made
        );
    END LOOP;
END
$$;


-- What otplan calls. Documents come and go as text, so that nothing on the way respells them.
-- Each may be sent twice: the second time changes nothing and answers the same.

-- The whole workspace as of one moment, as one value: of a set, Supabase would cut off all
-- beyond its greatest number of rows, and not say so.
CREATE OR REPLACE FUNCTION otplan_read(of_workspace text) RETURNS text
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT json_build_object(
        'id', coalesce((SELECT id FROM otplan_workspaces WHERE name = of_workspace), ''),
        'manifest', coalesce((SELECT manifest FROM otplan_workspaces WHERE name = of_workspace), ''),
        'number', (SELECT max(number) FROM otplan_approvals WHERE workspace = of_workspace),
        'approval', (
            SELECT document FROM otplan_approvals
            WHERE workspace = of_workspace ORDER BY number DESC LIMIT 1
        ),
        'attempts', (
            SELECT coalesce(json_agg(document ORDER BY fingerprint COLLATE "C", n), '[]')
            FROM otplan_attempts WHERE workspace = of_workspace
        ),
        'facts', (
            SELECT coalesce(json_agg(document ORDER BY noted), '[]')
            FROM otplan_facts WHERE workspace = of_workspace
        ),
        'holder', (SELECT document FROM otplan_holders WHERE workspace = of_workspace),
        'counts', json_build_array(
            (SELECT count(*) FROM otplan_attempts WHERE workspace = of_workspace),
            (SELECT count(*) FROM otplan_facts WHERE workspace = of_workspace)
        )
    )::text
$$;

CREATE OR REPLACE FUNCTION otplan_applied() RETURNS text
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT coalesce(json_agg(number ORDER BY number), '[]')::text FROM otplan_migrations
$$;

-- One writer of a workspace at a time, until its transaction ends: numbers rise without a gap, and
-- nobody reads a later fact before an earlier one.
CREATE OR REPLACE FUNCTION otplan_lock(of_workspace text) RETURNS void
LANGUAGE sql SET search_path = public, pg_temp AS $$
    SELECT pg_advisory_xact_lock(hashtextextended('otplan ' || of_workspace, 0))
$$;

CREATE OR REPLACE FUNCTION otplan_found(of_workspace text, new_id text, of_manifest text) RETURNS text
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO otplan_workspaces (name, id, manifest)
    VALUES (of_workspace, new_id, of_manifest) ON CONFLICT (name) DO NOTHING;
    RETURN json_build_object(
        'id', (SELECT id FROM otplan_workspaces WHERE name = of_workspace)
    )::text;
END
$$;

CREATE OR REPLACE FUNCTION otplan_own(of_workspace text, by_manifest text) RETURNS text
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE otplan_workspaces SET manifest = by_manifest WHERE name = of_workspace;
    RETURN json_build_object('absent', NOT FOUND)::text;
END
$$;

CREATE OR REPLACE FUNCTION otplan_approve(of_workspace text, by_call uuid, approval text) RETURNS text
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    given integer;
BEGIN
    PERFORM otplan_lock(of_workspace);
    IF NOT EXISTS (SELECT FROM otplan_workspaces WHERE name = of_workspace) THEN
        RETURN json_build_object('absent', true)::text;
    END IF;
    SELECT number INTO given FROM otplan_approvals
    WHERE workspace = of_workspace AND call = by_call;
    IF given IS NULL THEN
        SELECT coalesce(max(number), 0) + 1 INTO given FROM otplan_approvals
        WHERE workspace = of_workspace;
        INSERT INTO otplan_approvals (workspace, number, call, document)
        VALUES (of_workspace, given, by_call, approval::json);
    END IF;
    RETURN json_build_object('number', given)::text;
END
$$;

CREATE OR REPLACE FUNCTION otplan_intend(
    of_workspace text, by_call uuid, of_approval integer, attempts text
) RETURNS text
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    newest integer;
BEGIN
    PERFORM otplan_lock(of_workspace);
    IF NOT EXISTS (SELECT FROM otplan_workspaces WHERE name = of_workspace) THEN
        RETURN json_build_object('absent', true)::text;
    END IF;
    IF NOT EXISTS (
        SELECT FROM otplan_attempts WHERE workspace = of_workspace AND call = by_call
    ) THEN
        SELECT max(number) INTO newest FROM otplan_approvals WHERE workspace = of_workspace;
        IF newest > of_approval THEN
            RETURN json_build_object('superseded', newest)::text;
        END IF;
        INSERT INTO otplan_attempts (workspace, fingerprint, n, call, document)
        SELECT of_workspace, each ->> 'fingerprint', (each ->> 'n')::integer, by_call, each
        FROM json_array_elements(attempts::json) WITH ORDINALITY AS given (each, place)
        ORDER BY place
        ON CONFLICT (workspace, fingerprint, n) DO NOTHING;
    END IF;
    RETURN json_build_object('taken', (
        SELECT coalesce(json_agg(json_build_array(fingerprint, n)), '[]')
        FROM otplan_attempts WHERE workspace = of_workspace AND call = by_call
    ))::text;
END
$$;

-- Facts come as pairs of an id and a document.
CREATE OR REPLACE FUNCTION otplan_note(of_workspace text, facts text) RETURNS text
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM otplan_lock(of_workspace);
    INSERT INTO otplan_facts (workspace, id, document)
    SELECT of_workspace, pair ->> 0, pair -> 1
    FROM json_array_elements(facts::json) WITH ORDINALITY AS given (pair, place)
    ORDER BY place
    ON CONFLICT (workspace, id) DO NOTHING;
    RETURN '{}';
END
$$;

CREATE OR REPLACE FUNCTION otplan_process(holder json) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
    SELECT jsonb_build_array(
        holder ->> 'host', holder ->> 'boot', holder ->> 'pid', holder ->> 'started'
    )
$$;

CREATE OR REPLACE FUNCTION otplan_busy(of_workspace text, holder text, over_holder text) RETURNS text
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    there json;
BEGIN
    PERFORM otplan_lock(of_workspace);
    SELECT document INTO there FROM otplan_holders WHERE workspace = of_workspace;
    IF there IS NOT NULL
        AND there::jsonb IS DISTINCT FROM over_holder::jsonb
        AND otplan_process(there) <> otplan_process(holder::json)
    THEN
        RETURN json_build_object('busy', there)::text;
    END IF;
    INSERT INTO otplan_holders (workspace, document) VALUES (of_workspace, holder::json)
    ON CONFLICT (workspace) DO UPDATE SET document = excluded.document;
    RETURN '{}';
END
$$;

-- Without a holder, take away whoever's row is there. An update and no delete: a policy that
-- hides rows from a delete refuses nothing, and the caller would not hear of it.
CREATE OR REPLACE FUNCTION otplan_free(of_workspace text, holder text) RETURNS text
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM otplan_lock(of_workspace);
    UPDATE otplan_holders SET document = NULL
    WHERE workspace = of_workspace
        AND (holder IS NULL OR otplan_process(document) = otplan_process(holder::json));
    RETURN '{}';
END
$$;

INSERT INTO otplan_migrations (number) VALUES (1) ON CONFLICT DO NOTHING;

COMMIT;

NOTIFY pgrst, 'reload schema';
