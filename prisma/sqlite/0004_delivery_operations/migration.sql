BEGIN;

-- AlterTable
ALTER TABLE "external_credential" ADD COLUMN "tls" TEXT;

-- AlterTable
ALTER TABLE "client_credential" ADD COLUMN "cloud_events_source" TEXT;

-- AlterTable
ALTER TABLE "notificatie" ADD COLUMN "traceparent" TEXT;

-- AlterTable
ALTER TABLE "attempt" ADD COLUMN "detail" TEXT;
ALTER TABLE "attempt" ADD COLUMN "response_head" TEXT;

-- CreateTable
CREATE TABLE "idempotency_key" (
    "client_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "body_hash" TEXT NOT NULL,
    "notificatie_id" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,

    PRIMARY KEY ("client_id", "key")
);

-- CreateTable
CREATE TABLE "abonnement_state" (
    "abonnement_id" TEXT NOT NULL PRIMARY KEY,
    "status" TEXT NOT NULL DEFAULT 'active',
    "reason" TEXT,
    "changed_at" BIGINT NOT NULL,
    "changed_by" TEXT,
    "closed_until_at" BIGINT NOT NULL DEFAULT 0,
    "breaker_open" BOOLEAN NOT NULL DEFAULT false,
    "failing_since_at" BIGINT
);

-- CreateTable
CREATE TABLE "replay_job" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "filter" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "rate_per_second" INTEGER NOT NULL,
    "total" INTEGER NOT NULL,
    "done" INTEGER NOT NULL,
    "cursor" TEXT,
    "requested_by" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "finished_at" BIGINT
);

-- CreateTable
CREATE TABLE "audit" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "at" BIGINT NOT NULL,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "result" TEXT NOT NULL,
    "detail" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "alert" (
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "raised_at" BIGINT NOT NULL,
    "sent_at" BIGINT,
    "resolved_at" BIGINT,
    "detail" TEXT NOT NULL,

    PRIMARY KEY ("kind", "subject")
);

-- By hand: columns are added instead of the tables redefined, which a running server would notice.
ALTER TABLE "abonnement" ADD COLUMN "tls" TEXT;
ALTER TABLE "abonnement" ADD COLUMN "signed" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "delivery" ADD COLUMN "failures" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "delivery" ADD COLUMN "ordering_key" TEXT;

-- CreateIndex
CREATE INDEX "idempotency_key_created_at_idx" ON "idempotency_key"("created_at");

-- CreateIndex
CREATE INDEX "replay_job_state_idx" ON "replay_job"("state");

-- CreateIndex
CREATE INDEX "audit_at_idx" ON "audit"("at");

-- CreateIndex
CREATE INDEX "delivery_done_finished_at_idx" ON "delivery_done"("finished_at");

-- By hand: until now every attempt counted for the retry schedule.
UPDATE "delivery" SET "failures" = CASE WHEN "state" = 1 THEN "attempt" - 1 ELSE "attempt" END WHERE "attempt" > 0;

-- By hand: the rows of an ordering key in their order, and dead letters, which are few among what is done.
CREATE INDEX "delivery_ordering_idx" ON "delivery"("abonnement_id", "ordering_key", "sequence", "replay")
  WHERE "ordering_key" IS NOT NULL;
CREATE INDEX "delivery_done_dead_idx" ON "delivery_done"("abonnement_id", "finished_at") WHERE "outcome" = 'dead';
CREATE INDEX "delivery_done_dead_notificatie_idx" ON "delivery_done"("notificatie_id") WHERE "outcome" = 'dead';

COMMIT;
