-- Who may do what with a catalog: everybody reads; members (otplan_members) and the service role
-- write. On the tables of a project that had them before, `otplan catalog migrate` runs it only
-- when it is asked to: whoever writes there with another key could not do so any more.

BEGIN;

DO $$
DECLARE
    made text;
BEGIN
    FOREACH made IN ARRAY ARRAY[
        'datasets', 'agents', 'models', 'benchmarks', 'sandbox_tasks', 'sandbox_benchmark_tasks',
        'sandbox_jobs', 'sandbox_trials', 'sandbox_trial_model_usage'
    ] LOOP
        PERFORM otplan_rights(made);
    END LOOP;
END
$$;

COMMIT;
