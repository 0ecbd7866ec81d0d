UPDATE users SET profile_image = NULL WHERE profile_image IS NOT NULL;
DROP TABLE profile_images;
