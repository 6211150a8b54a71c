-- A registry as otplan wrote it when its version was 1 (sqlite3's .dump and two pragmas).
PRAGMA application_id = 1869901906;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE approvals (
        workspace TEXT NOT NULL REFERENCES workspaces (name),
        number INTEGER NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (workspace, number)
    );
INSERT INTO "approvals" VALUES('w',1,'{"number":1,"at":1760000000,"user":"ann","manifest":"m.yaml","graph":{"workspace":{"name":"w","manifest":"m.yaml","path":"/m.yaml","id":"","commit":""},"stages":[{"addresses":[{"kind":"dataset","name":"d","labels":[]},{"kind":"dataset","name":"e","labels":[["lr","1.0e-5"]]}],"role":"generate","template":"dataset.generate","fingerprint":"v1:a","components":{"args.limit":"200"},"digest":"d1","cluster":"local","program":{"argv":["run"],"config":{"deep":[{"x":null}]},"env":{"A":"b"},"extra":{"extra":1.5}},"limits":{"nodes":2,"cpus":4,"gpus":1,"memory":1024,"time":3600},"outputs":[],"needs":[],"elements":4,"at_once":0,"content":true,"given":"","where":"compute","attempts":1,"options":{},"declared":{}},{"addresses":[{"kind":"training","name":"sft","labels":[]}],"role":"train","template":"training.train","fingerprint":"v1:b","components":{"input.DATASETS":"v1:a"},"digest":"d2","cluster":"local","program":{"argv":[],"config":null,"env":{},"extra":{}},"limits":{"nodes":1,"cpus":null,"gpus":0,"memory":null,"time":null},"outputs":[],"needs":[{"fingerprint":"v1:a","input":"DATASETS"}],"elements":0,"at_once":0,"content":true,"given":"","where":"compute","attempts":1,"options":{},"declared":{}}],"pins":{"x":"y"},"code":"sha256:c"}}');
CREATE TABLE attempts (
        workspace TEXT NOT NULL REFERENCES workspaces (name),
        fingerprint TEXT NOT NULL,
        n INTEGER NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (workspace, fingerprint, n)
    );
INSERT INTO "attempts" VALUES('w','v1:a',1,'{"fingerprint":"v1:a","n":1,"address":"training.sft[lr=1.0e-5]","role":"train","name":"sft.otp-abc.1","cluster":"local","folder":"/runs/w/a","digest":"d1","user":"ann","manifest":"m.yaml","approval":1,"at":1760000000,"elements":[],"disbelieved":[],"components":{"model":"\"tiny\""},"declared":{"slurm.time":"60"},"outputs":["model"]}');
INSERT INTO "attempts" VALUES('w','v1:a',2,'{"fingerprint":"v1:a","n":2,"address":"training.sft[lr=1.0e-5]","role":"train","name":"sft.otp-abc.2","cluster":"local","folder":"/runs/w/a","digest":"d1","user":"ann","manifest":"m.yaml","approval":1,"at":1760000000,"elements":[],"disbelieved":[],"components":{"model":"\"tiny\""},"declared":{"slurm.time":"60"},"outputs":["model"]}');
CREATE TABLE busy (
        workspace TEXT PRIMARY KEY,
        document TEXT NOT NULL
    );
INSERT INTO "busy" VALUES('w','{"user":"ann","host":"node-1","boot":"boot-1","pid":1,"started":1760000000,"since":1760000000,"expires":1760000600}');
CREATE TABLE facts (
        noted INTEGER PRIMARY KEY,
        workspace TEXT NOT NULL,
        id TEXT NOT NULL,
        document TEXT NOT NULL,
        UNIQUE (workspace, id)
    );
INSERT INTO "facts" VALUES(1,'w','fb83b4ef04c78a1dbc64b3444b2aaa8e','{"fingerprint":"v1:a","n":2,"kind":"submitted","at":1760000000,"element":-1,"values":{"job":"2"}}');
INSERT INTO "facts" VALUES(2,'w','8442acc9167dc987ced2288fd6f9e0a5','{"fingerprint":"v1:a","n":1,"kind":"submitted","at":1760000000,"element":-1,"values":{"job":"1"}}');
CREATE TABLE workspaces (
        name TEXT PRIMARY KEY,
        id TEXT NOT NULL,
        manifest TEXT NOT NULL
    );
INSERT INTO "workspaces" VALUES('w','id-1','m.yaml');
CREATE INDEX facts_as_noted ON facts (workspace, noted);
COMMIT;
