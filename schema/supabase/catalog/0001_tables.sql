-- The catalog of a project: what was made of what, and how good it is, for people and dashboards.
--
-- Run it as the owner of the database, as often as you like. It makes what is not there and leaves
-- as it is whatever is: the tables of a project that had them before otplan are not altered.

BEGIN;
SET LOCAL client_min_messages = warning;  -- Not that a table is there already.

CREATE TEMPORARY TABLE otplan_before ON COMMIT DROP AS
    SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace;

DO $$
BEGIN
    IF to_regtype('job_status_enum') IS NULL THEN
        CREATE TYPE job_status_enum AS ENUM ('Pending', 'Started', 'Finished', 'Failed');
    END IF;
END
$$;

CREATE TABLE IF NOT EXISTS datasets (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE,
    created_by text NOT NULL,
    creation_location text NOT NULL,
    data_location text NOT NULL,
    creation_time timestamptz NOT NULL DEFAULT now(),
    generation_start timestamptz,
    generation_end timestamptz,
    generation_parameters jsonb NOT NULL,
    generation_status text,
    dataset_type text NOT NULL CHECK (dataset_type IN ('SFT', 'RL')),
    data_generation_hash text,
    hf_fingerprint text,
    hf_commit_hash text,
    num_tasks integer,
    last_modified timestamptz,
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS agents (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL,
    agent_version_hash char(64),
    description text,
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (name, agent_version_hash)
);

CREATE TABLE IF NOT EXISTS models (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE,
    base_model_id uuid REFERENCES models (id),
    created_by text NOT NULL,
    creation_location text NOT NULL,
    creation_time timestamptz NOT NULL DEFAULT now(),
    weights_location text NOT NULL,
    dataset_id uuid REFERENCES datasets (id),
    dataset_names text,
    is_external boolean NOT NULL DEFAULT false,
    wandb_link text,
    training_start timestamptz NOT NULL,
    training_end timestamptz,
    training_parameters jsonb NOT NULL,
    training_status text,
    training_type text CHECK (training_type IN ('SFT', 'RL')),
    agent_id uuid NOT NULL REFERENCES agents (id),
    traces_location_s3 text,
    description text,
    duplicate_of uuid REFERENCES models (id) CHECK (duplicate_of <> id),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS benchmarks (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL,
    benchmark_version_hash char(64),
    is_external boolean NOT NULL DEFAULT false,
    external_link text,
    description text,
    duplicate_of uuid REFERENCES benchmarks (id) CHECK (duplicate_of <> id),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (name, benchmark_version_hash)
);

CREATE TABLE IF NOT EXISTS sandbox_tasks (
    checksum text PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    source text,
    name text NOT NULL,
    instruction text NOT NULL DEFAULT '',
    agent_timeout_sec numeric NOT NULL,
    verifier_timeout_sec numeric NOT NULL,
    git_url text,
    git_commit_id text,
    path text NOT NULL,
    UNIQUE (source, name)
);

CREATE TABLE IF NOT EXISTS sandbox_benchmark_tasks (
    benchmark_id uuid NOT NULL REFERENCES benchmarks (id),
    benchmark_name text NOT NULL,
    benchmark_version_hash char(64),
    task_checksum text NOT NULL REFERENCES sandbox_tasks (checksum),
    UNIQUE (benchmark_id, task_checksum)
);

-- One evaluation: an agent with a model on a benchmark.
CREATE TABLE IF NOT EXISTS sandbox_jobs (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    created_at timestamptz NOT NULL DEFAULT now(),
    job_name text NOT NULL,
    username text NOT NULL,
    started_at timestamptz,
    ended_at timestamptz,
    git_commit_id text,
    package_version text,
    n_trials integer NOT NULL,
    config jsonb NOT NULL,
    metrics jsonb,
    stats jsonb,
    agent_id uuid NOT NULL REFERENCES agents (id),
    model_id uuid NOT NULL REFERENCES models (id),
    benchmark_id uuid NOT NULL REFERENCES benchmarks (id),
    n_rep_eval integer NOT NULL,
    hf_traces_link text,
    job_status job_status_enum NOT NULL DEFAULT 'Started',
    CHECK (git_commit_id IS NOT NULL OR package_version IS NOT NULL),
    UNIQUE (agent_id, model_id, benchmark_id)
);

CREATE TABLE IF NOT EXISTS sandbox_trials (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    created_at timestamptz NOT NULL DEFAULT now(),
    trial_name text NOT NULL,
    trial_uri text NOT NULL,
    job_id uuid REFERENCES sandbox_jobs (id),
    task_checksum text NOT NULL REFERENCES sandbox_tasks (checksum),
    reward numeric,
    started_at timestamptz,
    ended_at timestamptz,
    environment_setup_started_at timestamptz,
    environment_setup_ended_at timestamptz,
    agent_setup_started_at timestamptz,
    agent_setup_ended_at timestamptz,
    agent_execution_started_at timestamptz,
    agent_execution_ended_at timestamptz,
    verifier_started_at timestamptz,
    verifier_ended_at timestamptz,
    config jsonb NOT NULL,
    exception_info jsonb
);
CREATE INDEX IF NOT EXISTS sandbox_trials_of_job ON sandbox_trials (job_id);

CREATE TABLE IF NOT EXISTS sandbox_trial_model_usage (
    trial_id uuid NOT NULL REFERENCES sandbox_trials (id),
    model_id uuid NOT NULL REFERENCES models (id),
    model_provider text NOT NULL,
    n_input_tokens bigint,
    n_output_tokens bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (trial_id, model_id, model_provider)
);

-- Rights on one table: everybody reads; members (otplan_members) and the service role write.
CREATE OR REPLACE FUNCTION otplan_rights(made text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF to_regprocedure('otplan_member()') IS NULL THEN
        RAISE EXCEPTION 'who is a member is a table of the registry: otplan registry migrate';
    END IF;
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', made);
    EXECUTE format('GRANT SELECT ON %I TO anon, authenticated, service_role', made);
    EXECUTE format('GRANT INSERT, UPDATE ON %I TO anon, authenticated, service_role', made);
    EXECUTE format('GRANT DELETE ON %I TO service_role', made);
    EXECUTE format('DROP POLICY IF EXISTS otplan_everybody ON %I', made);
    EXECUTE format('CREATE POLICY otplan_everybody ON %I FOR SELECT USING (true)', made);
    EXECUTE format('DROP POLICY IF EXISTS otplan_writers_insert ON %I', made);
    EXECUTE format('CREATE POLICY otplan_writers_insert ON %I FOR INSERT WITH CHECK (true)', made);
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
END
$$;
REVOKE ALL ON FUNCTION otplan_rights(text) FROM PUBLIC, anon, authenticated, service_role;

-- What is made here has them from its first moment: a Supabase lets every key write a new table.
DO $$
DECLARE
    made text;
BEGIN
    FOR made IN
        SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
            AND relname NOT IN (SELECT name FROM otplan_before)
    LOOP
        PERFORM otplan_rights(made);
    END LOOP;
END
$$;

COMMIT;

NOTIFY pgrst, 'reload schema';
