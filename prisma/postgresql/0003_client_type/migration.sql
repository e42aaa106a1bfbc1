-- AlterTable
ALTER TABLE "client_credential" ADD COLUMN "type" TEXT NOT NULL DEFAULT 'zgw';
