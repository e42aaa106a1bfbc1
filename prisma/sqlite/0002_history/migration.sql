BEGIN;

-- AlterTable
ALTER TABLE "secret" ADD COLUMN "last_used_at" BIGINT;

-- CreateTable
CREATE TABLE "object_version" (
    "object_id" TEXT NOT NULL,
    "generation" INTEGER NOT NULL,
    "owner" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "content" TEXT,

    PRIMARY KEY ("object_id", "generation")
);

-- CreateTable
CREATE TABLE "secret_version" (
    "object_id" TEXT NOT NULL,
    "generation" INTEGER NOT NULL,
    "field" TEXT NOT NULL,
    "slot" TEXT NOT NULL,
    "ciphertext" TEXT NOT NULL,

    PRIMARY KEY ("object_id", "generation", "field", "slot")
);

-- By hand: columns are added instead of tables redefined, which a running server would notice.
ALTER TABLE "autorisaties" ADD COLUMN "protected" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "external_credential" ADD COLUMN "protected" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "client_credential" ADD COLUMN "protected" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "kanaal" ADD COLUMN "protected" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "abonnement" ADD COLUMN "protected" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "setting" ADD COLUMN "protected" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "abonnement" ADD COLUMN "client" TEXT;
ALTER TABLE "generation" ADD COLUMN "operation" TEXT NOT NULL DEFAULT 'apply';
ALTER TABLE "generation" ADD COLUMN "environment" TEXT;
ALTER TABLE "generation" ADD COLUMN "pipeline_url" TEXT;
ALTER TABLE "generation" ADD COLUMN "restores" INTEGER;

-- CreateIndex
CREATE INDEX "object_version_owner_generation_idx" ON "object_version"("owner", "generation");

COMMIT;
