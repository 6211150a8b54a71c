-- What otplan adds to the tables of a catalog: the Slurm job and the address behind a row, and
-- when it was changed last. It alters tables, so `otplan catalog migrate` runs it on those of a
-- project that had them before only when it is asked to.

BEGIN;

ALTER TABLE models ADD COLUMN IF NOT EXISTS dataset_names text;
COMMENT ON COLUMN models.dataset_names IS
    'All of them, with commas, where a model learned from several; dataset_id is null then.';

DO $$
BEGIN
    IF to_regtype('job_status_enum') IS NOT NULL THEN
        ALTER TYPE job_status_enum ADD VALUE IF NOT EXISTS 'Pending';
        ALTER TYPE job_status_enum ADD VALUE IF NOT EXISTS 'Failed';
    END IF;
END
$$;

-- The address is in the row's own parameters, where every database has room for it, also one that
-- was never altered; here it is a column that people can ask for.
DO $$
DECLARE
    parameters record;
BEGIN
    FOR parameters IN
        SELECT * FROM (VALUES
            ('datasets', 'generation_parameters'),
            ('models', 'training_parameters'),
            ('sandbox_jobs', 'config')
        ) AS given (of_table, of_column)
    LOOP
        EXECUTE format(
            'ALTER TABLE %I ADD COLUMN IF NOT EXISTS slurm_job_id text', parameters.of_table
        );
        EXECUTE format(
            'ALTER TABLE %I ADD COLUMN IF NOT EXISTS otplan_workspace text'
            ' GENERATED ALWAYS AS (%I -> ''otplan'' ->> ''workspace'') STORED',
            parameters.of_table, parameters.of_column
        );
        EXECUTE format(
            'ALTER TABLE %I ADD COLUMN IF NOT EXISTS otplan_address text'
            ' GENERATED ALWAYS AS (%I -> ''otplan'' ->> ''address'') STORED',
            parameters.of_table, parameters.of_column
        );
    END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION otplan_touched() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

DO $$
DECLARE
    touched text;
BEGIN
    FOREACH touched IN ARRAY ARRAY['datasets', 'agents', 'models', 'benchmarks'] LOOP
        EXECUTE format(
            'ALTER TABLE %I ADD COLUMN IF NOT EXISTS updated_at timestamptz NOT NULL DEFAULT now()',
            touched
        );
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER otplan_touched BEFORE UPDATE ON %I'
            ' FOR EACH ROW EXECUTE FUNCTION otplan_touched()', touched
        );
    END LOOP;
END
$$;

COMMIT;

NOTIFY pgrst, 'reload schema';
