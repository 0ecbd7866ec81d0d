-- Pictures of people, made square and small by us. The name of one is in users.profile_image, too.
CREATE TABLE profile_images (
    user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    name text NOT NULL CONSTRAINT profile_images_name_is_a_hash CHECK (name ~ '^[0-9a-f]{32}$'),
    content bytea NOT NULL CONSTRAINT profile_images_content_small CHECK (octet_length(content) BETWEEN 1 AND 1048576),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN profile_images.name IS 'Half of the SHA-256 of the content: another picture has another name.';
COMMENT ON COLUMN profile_images.content IS 'JPEG, without anything that the camera wrote beside the picture.';
CREATE TRIGGER profile_images_updated_at BEFORE UPDATE ON profile_images FOR EACH ROW EXECUTE FUNCTION set_updated_at();
