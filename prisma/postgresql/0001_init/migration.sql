-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "autorisaties" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "api_root" TEXT NOT NULL,
    "component" TEXT NOT NULL,
    "credential" TEXT,
    "cache_for_ms" INTEGER NOT NULL,
    "stale_for_ms" INTEGER NOT NULL,
    "updated_at" BIGINT NOT NULL,
    "updated_by" TEXT NOT NULL,

    CONSTRAINT "autorisaties_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "external_credential" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "api_root" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "user_representation" TEXT NOT NULL,
    "updated_at" BIGINT NOT NULL,
    "updated_by" TEXT NOT NULL,

    CONSTRAINT "external_credential_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "client_credential" (
    "id" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "authorized_by" TEXT NOT NULL,
    "scopes" TEXT NOT NULL,
    "updated_at" BIGINT NOT NULL,
    "updated_by" TEXT NOT NULL,

    CONSTRAINT "client_credential_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "kanaal" (
    "id" TEXT NOT NULL,
    "naam" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "documentatie_link" TEXT NOT NULL,
    "filters" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL,
    "updated_by" TEXT NOT NULL,

    CONSTRAINT "kanaal_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "abonnement" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "callback_url" TEXT NOT NULL,
    "auth" TEXT NOT NULL,
    "kanalen" TEXT NOT NULL,
    "cloud_events" TEXT NOT NULL,
    "delivery" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL,
    "updated_by" TEXT NOT NULL,

    CONSTRAINT "abonnement_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "setting" (
    "id" TEXT NOT NULL,
    "section" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "updated_at" BIGINT NOT NULL,
    "updated_by" TEXT NOT NULL,

    CONSTRAINT "setting_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "secret" (
    "object_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "field" TEXT NOT NULL,
    "slot" TEXT NOT NULL,
    "reference" TEXT,
    "ciphertext" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "expires_at" BIGINT,

    CONSTRAINT "secret_pkey" PRIMARY KEY ("object_id","field","slot")
);

-- CreateTable
CREATE TABLE "generation" (
    "number" INTEGER NOT NULL,
    "owner" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "plan" TEXT NOT NULL,
    "actor" TEXT NOT NULL,
    "commit_sha" TEXT,
    "tool_version" TEXT NOT NULL,
    "note" TEXT,
    "applied_at" BIGINT NOT NULL,

    CONSTRAINT "generation_pkey" PRIMARY KEY ("number")
);

-- CreateTable
CREATE TABLE "catalog" (
    "id" INTEGER NOT NULL,
    "epoch" BIGINT NOT NULL,
    "sequence" BIGINT NOT NULL,

    CONSTRAINT "catalog_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "meta" (
    "key" TEXT NOT NULL,
    "value" TEXT NOT NULL,

    CONSTRAINT "meta_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "server" (
    "id" TEXT NOT NULL,
    "host" TEXT NOT NULL,
    "pid" INTEGER NOT NULL,
    "version" TEXT NOT NULL,
    "started_at" BIGINT NOT NULL,
    "seen_at" BIGINT NOT NULL,
    "generation" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "reason" TEXT,

    CONSTRAINT "server_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "applicatie" (
    "client_id" TEXT NOT NULL,
    "applicaties" TEXT NOT NULL,
    "fetched_at" BIGINT NOT NULL,
    "valid_until_at" BIGINT NOT NULL,
    "usable_until_at" BIGINT NOT NULL,

    CONSTRAINT "applicatie_pkey" PRIMARY KEY ("client_id")
);

-- CreateTable
CREATE TABLE "notificatie" (
    "id" TEXT NOT NULL,
    "sequence" BIGINT NOT NULL,
    "kanaal" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "format" INTEGER NOT NULL,
    "client_id" TEXT NOT NULL,
    "received_at" BIGINT NOT NULL,

    CONSTRAINT "notificatie_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "delivery" (
    "sequence" BIGINT NOT NULL,
    "abonnement_id" TEXT NOT NULL,
    "replay" INTEGER NOT NULL,
    "notificatie_id" TEXT NOT NULL,
    "state" INTEGER NOT NULL,
    "due_at" BIGINT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "lease_owner" TEXT,
    "leased_until_at" BIGINT,

    CONSTRAINT "delivery_pkey" PRIMARY KEY ("sequence","abonnement_id","replay")
);

-- CreateTable
CREATE TABLE "delivery_done" (
    "sequence" BIGINT NOT NULL,
    "abonnement_id" TEXT NOT NULL,
    "replay" INTEGER NOT NULL,
    "notificatie_id" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL,
    "last_status" INTEGER,
    "reason" TEXT,
    "finished_at" BIGINT NOT NULL,

    CONSTRAINT "delivery_done_pkey" PRIMARY KEY ("sequence","abonnement_id","replay")
);

-- CreateTable
CREATE TABLE "attempt" (
    "sequence" BIGINT NOT NULL,
    "abonnement_id" TEXT NOT NULL,
    "replay" INTEGER NOT NULL,
    "number" INTEGER NOT NULL,
    "started_at" BIGINT NOT NULL,
    "duration_ms" INTEGER NOT NULL,
    "status" INTEGER,
    "error" TEXT,
    "server" TEXT NOT NULL,

    CONSTRAINT "attempt_pkey" PRIMARY KEY ("sequence","abonnement_id","replay","number")
);

-- CreateIndex
CREATE UNIQUE INDEX "autorisaties_name_key" ON "autorisaties"("name");

-- CreateIndex
CREATE UNIQUE INDEX "external_credential_name_key" ON "external_credential"("name");

-- CreateIndex
CREATE UNIQUE INDEX "client_credential_client_id_key" ON "client_credential"("client_id");

-- CreateIndex
CREATE UNIQUE INDEX "kanaal_naam_key" ON "kanaal"("naam");

-- CreateIndex
CREATE UNIQUE INDEX "abonnement_name_key" ON "abonnement"("name");

-- CreateIndex
CREATE UNIQUE INDEX "setting_section_key" ON "setting"("section");

-- CreateIndex
CREATE INDEX "generation_owner_number_idx" ON "generation"("owner", "number");

-- CreateIndex
CREATE UNIQUE INDEX "notificatie_sequence_key" ON "notificatie"("sequence");

-- CreateIndex
CREATE INDEX "notificatie_received_at_idx" ON "notificatie"("received_at");

-- CreateIndex
CREATE INDEX "delivery_done_abonnement_id_finished_at_idx" ON "delivery_done"("abonnement_id", "finished_at");

-- CreateIndex
CREATE INDEX "attempt_started_at_idx" ON "attempt"("started_at");

-- By hand: the hot table is read by lane and due time, and leased rows by the end of their lease.
CREATE INDEX "delivery_ready_idx" ON "delivery"("abonnement_id", "due_at", "sequence") WHERE "state" = 0;
CREATE INDEX "delivery_leased_idx" ON "delivery"("leased_until_at") WHERE "state" = 1;
CREATE INDEX "delivery_notificatie_idx" ON "delivery"("notificatie_id");

INSERT INTO "catalog"("id", "epoch", "sequence") VALUES (1, 1, 0);
INSERT INTO "meta"("key", "value") VALUES ('oldest_contract', '1');

CREATE SEQUENCE "notificatie_sequence" AS BIGINT;

-- Rows of the hot table are updated on every claim and then deleted: room on the page keeps updates
-- in place, and an eager vacuum keeps the dead ones from piling up.
ALTER TABLE "delivery" SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01,
  autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);
