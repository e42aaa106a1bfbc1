-- AlterTable
ALTER TABLE "autorisaties" ADD COLUMN     "protected" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "external_credential" ADD COLUMN     "protected" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "client_credential" ADD COLUMN     "protected" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "kanaal" ADD COLUMN     "protected" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "abonnement" ADD COLUMN     "client" TEXT,
ADD COLUMN     "protected" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "setting" ADD COLUMN     "protected" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "secret" ADD COLUMN     "last_used_at" BIGINT;

-- AlterTable
ALTER TABLE "generation" ADD COLUMN     "environment" TEXT,
ADD COLUMN     "operation" TEXT NOT NULL DEFAULT 'apply',
ADD COLUMN     "pipeline_url" TEXT,
ADD COLUMN     "restores" INTEGER;

-- CreateTable
CREATE TABLE "object_version" (
    "object_id" TEXT NOT NULL,
    "generation" INTEGER NOT NULL,
    "owner" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "content" TEXT,

    CONSTRAINT "object_version_pkey" PRIMARY KEY ("object_id","generation")
);

-- CreateTable
CREATE TABLE "secret_version" (
    "object_id" TEXT NOT NULL,
    "generation" INTEGER NOT NULL,
    "field" TEXT NOT NULL,
    "slot" TEXT NOT NULL,
    "ciphertext" TEXT NOT NULL,

    CONSTRAINT "secret_version_pkey" PRIMARY KEY ("object_id","generation","field","slot")
);

-- CreateIndex
CREATE INDEX "object_version_owner_generation_idx" ON "object_version"("owner", "generation");
