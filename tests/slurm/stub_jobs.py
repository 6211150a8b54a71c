"""An engine and a Harbor job for the stubs of both (tests/tools/stubs)."""

ENGINE = """\
engine: {type: vllm_local, model: org/m, healthcheck_interval: 1}
backend: {type: vllm, api_port: 0, healthcheck_max_attempts: 60, healthcheck_retry_delay: 0.5}
vllm_server: {tensor_parallel_size: 1, max_model_len: 9}
"""
JOB = """\
n_attempts: 1
retry: {max_retries: 0, exclude_exceptions: [AgentTimeoutError]}
environment: {type: docker}
agents: [{name: terminus-2}]
"""
