-- Who may do what with a catalog: everybody reads; members (otplan_members) and the service role
-- write. On the tables of a project that had them before, `otplan catalog migrate` runs it only
-- when it is asked to: whoever writes there with another key could not do so any more.

BEGIN;

DO $$
DECLARE
    made text;
BEGIN
    IF to_regprocedure('otplan_member()') IS NULL THEN
        RAISE EXCEPTION 'who is a member is a table of the registry: otplan registry migrate';
    END IF;
    FOREACH made IN ARRAY ARRAY[
        'datasets', 'agents', 'models', 'benchmarks', 'sandbox_tasks', 'sandbox_benchmark_tasks',
        'sandbox_jobs', 'sandbox_trials', 'sandbox_trial_model_usage'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', made);
        EXECUTE format('GRANT SELECT ON %I TO anon, authenticated, service_role', made);
        EXECUTE format('GRANT INSERT, UPDATE ON %I TO anon, authenticated, service_role', made);
        EXECUTE format('GRANT DELETE ON %I TO service_role', made);
        EXECUTE format('DROP POLICY IF EXISTS otplan_everybody ON %I', made);
        EXECUTE format('CREATE POLICY otplan_everybody ON %I FOR SELECT USING (true)', made);
        EXECUTE format('DROP POLICY IF EXISTS otplan_writers_insert ON %I', made);
        EXECUTE format(
            'CREATE POLICY otplan_writers_insert ON %I FOR INSERT WITH CHECK (true)', made
        );
        EXECUTE format('DROP POLICY IF EXISTS otplan_writers_update ON %I', made);
        EXECUTE format('CREATE POLICY otplan_writers_update ON %I FOR UPDATE USING (true)', made);
        -- Restrictive, since PostgreSQL names only such a policy when it refuses a row.
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

COMMIT;
