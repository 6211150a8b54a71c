-- What a database lacks of a catalog: lines of `needed|…` for what otplan cannot do without, and
-- of `differs|…` for what it puts up with. It changes nothing.

WITH wanted (of_table, of_columns) AS (
    VALUES
    ('datasets', 'id name created_by creation_location data_location creation_time generation_start'
        ' generation_end generation_parameters generation_status dataset_type hf_commit_hash'
        ' num_tasks'),
    ('agents', 'id name'),
    ('models', 'id name base_model_id created_by creation_location creation_time weights_location'
        ' dataset_id wandb_link training_start training_end training_parameters training_status'
        ' training_type agent_id description'),
    ('benchmarks', 'id name'),
    ('sandbox_tasks', 'checksum source name instruction agent_timeout_sec verifier_timeout_sec'
        ' git_url git_commit_id path'),
    ('sandbox_benchmark_tasks', 'benchmark_id benchmark_name task_checksum'),
    ('sandbox_jobs', 'id job_name username started_at ended_at git_commit_id package_version'
        ' n_trials config metrics stats agent_id model_id benchmark_id n_rep_eval hf_traces_link'
        ' job_status'),
    ('sandbox_trials', 'id trial_name trial_uri job_id task_checksum reward started_at ended_at'
        ' environment_setup_started_at environment_setup_ended_at agent_setup_started_at'
        ' agent_setup_ended_at agent_execution_started_at agent_execution_ended_at'
        ' verifier_started_at verifier_ended_at config exception_info'),
    ('sandbox_trial_model_usage', 'trial_id model_id model_provider n_input_tokens'
        ' n_output_tokens')
),
there (of_table, of_column, of_type) AS (
    SELECT table_name::text, column_name::text, udt_name::text
    FROM information_schema.columns WHERE table_schema = 'public'
),
tables (name) AS (SELECT DISTINCT of_table FROM there),
extra (of_table, of_column, why) AS (
    VALUES
    ('models', 'dataset_names', 'of several datasets, the names are in training_parameters alone'),
    ('datasets', 'slurm_job_id', 'the job is in generation_parameters alone'),
    ('models', 'slurm_job_id', 'the job is in training_parameters alone'),
    ('sandbox_jobs', 'slurm_job_id', 'the job is in config alone'),
    ('datasets', 'otplan_address', 'the address is in generation_parameters alone'),
    ('models', 'otplan_address', 'the address is in training_parameters alone'),
    ('sandbox_jobs', 'otplan_address', 'the address is in config alone')
),
uniques (of_table, of_columns) AS (
    SELECT index.indrelid::regclass::text, (
        SELECT string_agg(attribute.attname, ' ' ORDER BY attribute.attname)
        FROM pg_attribute AS attribute
        WHERE attribute.attrelid = index.indrelid AND attribute.attnum = ANY (index.indkey)
    )
    FROM pg_index AS index WHERE index.indisunique
)
SELECT 'needed|table ' || of_table FROM wanted
WHERE of_table NOT IN (SELECT name FROM tables)
UNION ALL
SELECT 'needed|column ' || wanted.of_table || '.' || asked
FROM wanted, regexp_split_to_table(of_columns, ' ') AS asked
WHERE wanted.of_table IN (SELECT name FROM tables) AND NOT EXISTS (
    SELECT FROM there
    WHERE there.of_table = wanted.of_table AND there.of_column = asked
)
UNION ALL
SELECT 'differs|' || extra.of_table || ' has no column ' || extra.of_column || ': ' || why
FROM extra
WHERE extra.of_table IN (SELECT name FROM tables) AND NOT EXISTS (
    SELECT FROM there
    WHERE there.of_table = extra.of_table AND there.of_column = extra.of_column
)
UNION ALL
SELECT 'needed|word ' || word || ' of sandbox_jobs.job_status'
FROM there, unnest(ARRAY['Pending', 'Started', 'Finished', 'Failed']) AS word
WHERE of_table = 'sandbox_jobs' AND of_column = 'job_status'
    AND EXISTS (SELECT FROM pg_enum WHERE enumtypid = to_regtype(of_type))
    AND NOT EXISTS (SELECT FROM pg_enum WHERE enumtypid = to_regtype(of_type) AND enumlabel = word)
UNION ALL
SELECT 'differs|sandbox_jobs.job_status is ' || of_type || ', which takes any word'
FROM there
WHERE of_table = 'sandbox_jobs' AND of_column = 'job_status' AND of_type IN ('text', 'varchar')
UNION ALL
SELECT 'differs|' || given.of_table || ' may have several rows of one '
    || replace(given.of_columns, ' ', ', ') || ': otplan writes one'
FROM (VALUES
    ('datasets', 'name'), ('models', 'name'), ('sandbox_jobs', 'agent_id benchmark_id model_id')
) AS given (of_table, of_columns)
WHERE given.of_table IN (SELECT name FROM tables) AND NOT EXISTS (
    SELECT FROM uniques
    WHERE uniques.of_table = given.of_table AND uniques.of_columns = given.of_columns
)
UNION ALL
SELECT 'differs|' || relname || ' has no row-level security: every key writes what it was granted'
FROM pg_class JOIN wanted ON relname = of_table
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND NOT relrowsecurity
ORDER BY 1;
