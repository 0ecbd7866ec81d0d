//! Generated from the migrated database by tools/print-schema. Do not edit.

diesel::table! {
    account_closings (id) {
        id -> Uuid,
        user_id -> Uuid,
        email -> Nullable<Text>,
        closed_at -> Timestamptz,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    address_changes (id) {
        id -> Uuid,
        user_id -> Uuid,
        access_version -> Integer,
        old_email -> Text,
        new_email -> Text,
        asked_at -> Timestamptz,
        expires_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        undo_until -> Nullable<Timestamptz>,
        undone_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    appointment_changes (id) {
        id -> Uuid,
        appointment_id -> Uuid,
        from_status -> Text,
        to_status -> Text,
        from_starts_at -> Timestamptz,
        to_starts_at -> Timestamptz,
        actor_id -> Nullable<Uuid>,
        reason -> Nullable<Text>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    appointment_reminders (appointment_id, starts_at, kind) {
        appointment_id -> Uuid,
        starts_at -> Timestamptz,
        kind -> Text,
        due_at -> Timestamptz,
        decided_at -> Nullable<Timestamptz>,
        sent_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    appointment_series (id) {
        id -> Uuid,
        patient_id -> Uuid,
        provider_id -> Uuid,
        every_weeks -> SmallInt,
        created_by -> Uuid,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    appointment_transitions (from_status, to_status) {
        from_status -> Text,
        to_status -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    appointments (id) {
        id -> Uuid,
        patient_id -> Uuid,
        provider_id -> Uuid,
        hospital_id -> Nullable<Uuid>,
        created_by -> Uuid,
        starts_at -> Timestamptz,
        ends_at -> Timestamptz,
        time_zone -> Text,
        appointment_type -> Text,
        status -> Text,
        priority -> Text,
        chief_complaint -> Text,
        consultation_fee_minor -> BigInt,
        currency -> Text,
        free_until_minutes -> Integer,
        late_percent -> SmallInt,
        sequence -> Integer,
        cancelled_at -> Nullable<Timestamptz>,
        cancelled_by -> Nullable<Uuid>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        held_until -> Nullable<Timestamptz>,
        held_since -> Nullable<Timestamptz>,
        first_late_free -> Bool,
        cancelled_late -> Bool,
        changed_by -> Nullable<Uuid>,
        change_reason -> Nullable<Text>,
        from_waitlist -> Bool,
        series_id -> Nullable<Uuid>,
        next_appointment_recommended -> Nullable<Date>,
        urgent_since -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    audit_batches (number) {
        number -> BigInt,
        event_ids -> Array<Uuid>,
        event_hashes -> Bytea,
        last_occurred_at -> Timestamptz,
        root -> Bytea,
        head -> Bytea,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    audit_events (id) {
        id -> Uuid,
        occurred_at -> Timestamptz,
        actor_id -> Nullable<Uuid>,
        action -> Text,
        subject_type -> Text,
        subject_id -> Nullable<Uuid>,
        patient_id -> Nullable<Uuid>,
        reason -> Nullable<Text>,
        ip -> Nullable<Text>,
        request_id -> Nullable<Text>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    availability_exceptions (id) {
        id -> Uuid,
        provider_id -> Uuid,
        hospital_id -> Nullable<Uuid>,
        day -> Date,
        change -> Text,
        starts -> Nullable<Time>,
        ends -> Nullable<Time>,
        slot_minutes -> Nullable<SmallInt>,
        buffer_before_minutes -> SmallInt,
        buffer_after_minutes -> SmallInt,
        kinds -> Array<Text>,
        time_zone -> Text,
        reason -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        kept_for_urgent_minutes -> Nullable<SmallInt>,
    }
}

diesel::table! {
    availability_rules (id) {
        id -> Uuid,
        provider_id -> Uuid,
        hospital_id -> Nullable<Uuid>,
        weekday -> SmallInt,
        starts -> Time,
        ends -> Time,
        slot_minutes -> SmallInt,
        buffer_before_minutes -> SmallInt,
        buffer_after_minutes -> SmallInt,
        kinds -> Array<Text>,
        time_zone -> Text,
        valid_from -> Nullable<Date>,
        valid_until -> Nullable<Date>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        every_weeks -> SmallInt,
        kept_for_urgent_minutes -> Nullable<SmallInt>,
    }
}

diesel::table! {
    booking_kind_rules (provider_id, kind) {
        provider_id -> Uuid,
        kind -> Text,
        slot_minutes -> Nullable<SmallInt>,
        buffer_before_minutes -> SmallInt,
        buffer_after_minutes -> SmallInt,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    booking_rules (provider_id) {
        provider_id -> Uuid,
        daily_limit -> Nullable<SmallInt>,
        weekly_limit -> Nullable<SmallInt>,
        buffer_before_minutes -> SmallInt,
        buffer_after_minutes -> SmallInt,
        travel_minutes -> SmallInt,
        holiday_country -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    calendar_feeds (user_id) {
        user_id -> Uuid,
        token_hash -> Bytea,
        issued_at -> Timestamptz,
        last_read_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    demo_checkouts (id) {
        id -> Uuid,
        amount_minor -> BigInt,
        currency -> Text,
        back_to -> Text,
        outcome -> Text,
        refunded_minor -> BigInt,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    demo_mails (id) {
        id -> Uuid,
        to_name -> Text,
        to_address -> Text,
        subject -> Text,
        body_text -> Text,
        body_html -> Text,
        calendar_method -> Nullable<Text>,
        calendars -> Array<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        is_text_message -> Bool,
    }
}

diesel::table! {
    dependants (person_id) {
        person_id -> Uuid,
        guardian_id -> Uuid,
        relationship -> Text,
        removed_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    device_clearings (device_id) {
        device_id -> Uuid,
        patient_id -> Uuid,
        asked_at -> Timestamptz,
        after_id -> Uuid,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    device_days (device_id, day) {
        device_id -> Uuid,
        day -> Date,
        accepted -> BigInt,
        duplicates -> BigInt,
        quarantined -> BigInt,
        refused -> BigInt,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    device_errors (id) {
        id -> Uuid,
        device_id -> Uuid,
        code -> Text,
        message -> Nullable<Text>,
        reported_at -> Timestamptz,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    device_keys (id) {
        id -> Uuid,
        device_id -> Uuid,
        hash -> Bytea,
        prefix -> Text,
        ends_at -> Nullable<Timestamptz>,
        first_used_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    devices (id) {
        id -> Uuid,
        patient_id -> Uuid,
        name -> Text,
        kind -> Text,
        manufacturer -> Nullable<Text>,
        model -> Nullable<Text>,
        firmware_version -> Nullable<Text>,
        position -> Nullable<Text>,
        status -> Text,
        replaced_by -> Nullable<Uuid>,
        last_seen_at -> Nullable<Timestamptz>,
        last_reading_at -> Nullable<Timestamptz>,
        battery_level -> Nullable<SmallInt>,
        battery_at -> Nullable<Timestamptz>,
        last_maintenance_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    emergency_accesses (id) {
        id -> Uuid,
        user_id -> Uuid,
        patient_id -> Uuid,
        reason -> Text,
        opened_at -> Timestamptz,
        ends_at -> Timestamptz,
        reviewed_by -> Nullable<Uuid>,
        reviewed_at -> Nullable<Timestamptz>,
        is_justified -> Nullable<Bool>,
        finding -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    factor_removals (id) {
        id -> Uuid,
        user_id -> Uuid,
        asked_by -> Uuid,
        grounds -> Text,
        expires_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        approved_by -> Nullable<Uuid>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    hospital_syncs (hospital_id, provider_id) {
        hospital_id -> Uuid,
        provider_id -> Uuid,
        state -> Text,
        works_there -> Bool,
        system -> Nullable<Text>,
        told_version -> Nullable<Integer>,
        told_at -> Nullable<Timestamptz>,
        problem -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    hospitals (id) {
        id -> Uuid,
        name -> Text,
        hospital_type -> Text,
        address -> Text,
        city -> Text,
        region -> Nullable<Text>,
        country -> Text,
        time_zone -> Text,
        phone_number -> Nullable<Text>,
        email -> Nullable<Text>,
        website -> Nullable<Text>,
        description -> Nullable<Text>,
        specialties -> Array<Text>,
        facilities -> Array<Text>,
        established_year -> Nullable<SmallInt>,
        bed_capacity -> Nullable<Integer>,
        emergency_services -> Bool,
        appointment_booking_available -> Bool,
        is_active -> Bool,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        latitude -> Nullable<Double>,
        longitude -> Nullable<Double>,
    }
}

diesel::table! {
    idempotency_keys (actor_id, route, key) {
        actor_id -> Uuid,
        route -> Text,
        key -> Text,
        body_hash -> Bytea,
        appointment_id -> Uuid,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    license_checks (id) {
        id -> Uuid,
        provider_id -> Nullable<Uuid>,
        license_number -> Text,
        standing -> Text,
        register -> Text,
        checked_at -> Timestamptz,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    outbox (id) {
        id -> Uuid,
        topic -> Text,
        unique_key -> Text,
        payload -> Jsonb,
        available_at -> Timestamptz,
        attempts -> SmallInt,
        leased_until -> Nullable<Timestamptz>,
        done_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        dead_at -> Nullable<Timestamptz>,
        problem -> Nullable<Text>,
    }
}

diesel::table! {
    passkey_ceremonies (id) {
        id -> Uuid,
        user_id -> Nullable<Uuid>,
        purpose -> Text,
        state -> Jsonb,
        expires_at -> Timestamptz,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    passkeys (id) {
        id -> Uuid,
        user_id -> Uuid,
        place -> SmallInt,
        name -> Text,
        credential_id -> Bytea,
        credential -> Jsonb,
        sign_count -> BigInt,
        last_used_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    password_resets (id) {
        id -> Uuid,
        email -> Text,
        sent_at -> Timestamptz,
        expires_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    payment_attempts (id) {
        id -> Uuid,
        payment_id -> Uuid,
        kind -> Text,
        amount_minor -> BigInt,
        currency -> Text,
        status -> Text,
        tries -> Integer,
        next_at -> Timestamptz,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    payments (id) {
        id -> Uuid,
        appointment_id -> Uuid,
        amount_minor -> BigInt,
        currency -> Text,
        status -> Text,
        provider_reference -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        refunded_minor -> BigInt,
    }
}

diesel::table! {
    phone_codes (id) {
        id -> Uuid,
        user_id -> Uuid,
        phone_number -> Text,
        attempts -> SmallInt,
        sent_at -> Timestamptz,
        expires_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    profile_images (user_id) {
        user_id -> Uuid,
        name -> Text,
        content -> Bytea,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    provider_busy_times (provider_id, starts_at) {
        provider_id -> Uuid,
        starts_at -> Timestamptz,
        ends_at -> Timestamptz,
        source -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    provider_calendars (provider_id) {
        provider_id -> Uuid,
        address -> Text,
        due_at -> Timestamptz,
        etag -> Nullable<Text>,
        last_modified -> Nullable<Text>,
        whole_at -> Nullable<Timestamptz>,
        read_at -> Nullable<Timestamptz>,
        problem -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    provider_hospitals (provider_id, hospital_id) {
        provider_id -> Uuid,
        hospital_id -> Uuid,
        is_primary -> Bool,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    providers (id) {
        id -> Uuid,
        user_id -> Nullable<Uuid>,
        first_name -> Text,
        last_name -> Text,
        email -> Text,
        phone_number -> Nullable<Text>,
        specialization -> Text,
        license_number -> Text,
        gender -> Text,
        hospital_clinic -> Nullable<Text>,
        address -> Nullable<Text>,
        bio -> Text,
        years_of_experience -> SmallInt,
        consultation_fee_minor -> BigInt,
        currency -> Text,
        languages -> Array<Text>,
        visit_kinds -> Array<Text>,
        time_zone -> Text,
        lead_minutes -> Integer,
        horizon_days -> Integer,
        free_until_minutes -> Integer,
        late_percent -> SmallInt,
        accepting_new_patients -> Bool,
        is_active -> Bool,
        version -> Integer,
        next_free_at -> Nullable<Timestamptz>,
        search_text -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        confirms_by_hand -> Bool,
        first_late_free -> Bool,
        no_show_minutes -> Nullable<SmallInt>,
    }
}

diesel::table! {
    proxy_grants (id) {
        id -> Uuid,
        patient_id -> Uuid,
        proxy_id -> Nullable<Uuid>,
        invited_email -> Nullable<Text>,
        scopes -> Array<Text>,
        granted_at -> Timestamptz,
        ends_at -> Timestamptz,
        accepted_at -> Nullable<Timestamptz>,
        ended_at -> Nullable<Timestamptz>,
        ended_by -> Nullable<Uuid>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    quarantined_readings (patient_id, id) {
        patient_id -> Uuid,
        id -> Uuid,
        recorded_at -> Timestamptz,
        source -> Uuid,
        kind -> Text,
        value -> Double,
        diastolic -> Nullable<Double>,
        unit -> Text,
        reason -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    reading_alerts (id) {
        id -> Uuid,
        patient_id -> Uuid,
        kind -> Text,
        severity -> Text,
        side -> Text,
        concern -> Text,
        reading_id -> Uuid,
        value -> Double,
        diastolic -> Nullable<Double>,
        unit -> Text,
        recorded_at -> Timestamptz,
        readings -> Integer,
        opened_at -> Timestamptz,
        raised_at -> Nullable<Timestamptz>,
        acknowledged_at -> Nullable<Timestamptz>,
        acknowledged_by -> Nullable<Uuid>,
        escalated_at -> Nullable<Timestamptz>,
        ended_at -> Nullable<Timestamptz>,
        outcome -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        reading_severity -> Text,
    }
}

diesel::table! {
    reading_corrections (patient_id, reading_id, version) {
        patient_id -> Uuid,
        reading_id -> Uuid,
        version -> Integer,
        replaced_by -> Uuid,
        origin -> Uuid,
        kind -> Text,
        value -> Double,
        diastolic -> Nullable<Double>,
        unit -> Text,
        recorded_at -> Timestamptz,
        notes -> Nullable<Text>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    reading_days (patient_id, kind, day) {
        patient_id -> Uuid,
        kind -> Text,
        day -> Date,
        count -> Integer,
        lowest -> Double,
        highest -> Double,
        total -> Double,
        squares -> Double,
        in_range -> Integer,
        lower_lowest -> Nullable<Double>,
        lower_highest -> Nullable<Double>,
        lower_total -> Nullable<Double>,
        lower_squares -> Nullable<Double>,
        last_at -> Timestamptz,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    reading_hours (patient_id, kind, hour) {
        patient_id -> Uuid,
        kind -> Text,
        hour -> Timestamptz,
        count -> Integer,
        lowest -> Double,
        highest -> Double,
        total -> Double,
        squares -> Double,
        in_range -> Integer,
        lower_lowest -> Nullable<Double>,
        lower_highest -> Nullable<Double>,
        lower_total -> Nullable<Double>,
        lower_squares -> Nullable<Double>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    reading_limits (patient_id, kind) {
        patient_id -> Uuid,
        kind -> Text,
        target_low -> Nullable<Double>,
        target_high -> Nullable<Double>,
        target_lower_low -> Nullable<Double>,
        target_lower_high -> Nullable<Double>,
        warning_low -> Nullable<Double>,
        warning_high -> Nullable<Double>,
        warning_lower_low -> Nullable<Double>,
        warning_lower_high -> Nullable<Double>,
        critical_low -> Nullable<Double>,
        critical_high -> Nullable<Double>,
        critical_lower_low -> Nullable<Double>,
        critical_lower_high -> Nullable<Double>,
        set_by -> Uuid,
        set_at -> Timestamptz,
        version -> Integer,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    reading_milestone_looks (patient_id, kind) {
        patient_id -> Uuid,
        kind -> Text,
        again_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    reading_milestones (patient_id, kind, what) {
        patient_id -> Uuid,
        kind -> Text,
        what -> Text,
        reached_on -> Date,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    reading_reminders (patient_id, kind) {
        patient_id -> Uuid,
        kind -> Text,
        due_at -> Timestamptz,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    reading_watches (patient_id, kind) {
        patient_id -> Uuid,
        kind -> Text,
        alert_id -> Nullable<Uuid>,
        alert_severity -> Nullable<Text>,
        streak_side -> Nullable<Text>,
        streak_since -> Nullable<Timestamptz>,
        streak_count -> Nullable<Integer>,
        streak_last_at -> Nullable<Timestamptz>,
        critical_since -> Nullable<Timestamptz>,
        critical_count -> Integer,
        calm_count -> Integer,
        seen_at -> Nullable<Timestamptz>,
        baseline_median -> Nullable<Double>,
        baseline_spread -> Nullable<Double>,
        baseline_lower_median -> Nullable<Double>,
        baseline_lower_spread -> Nullable<Double>,
        baseline_on -> Nullable<Date>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        alert_side -> Nullable<Text>,
    }
}

diesel::table! {
    readings (patient_id, id, recorded_at) {
        patient_id -> Uuid,
        id -> Uuid,
        recorded_at -> Timestamptz,
        source -> Uuid,
        kind -> Text,
        value -> Double,
        diastolic -> Nullable<Double>,
        unit -> Text,
        is_late -> Bool,
        near_duplicate_of -> Nullable<Uuid>,
        notes -> Nullable<Text>,
        version -> Integer,
        removed_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        utc_offset -> SmallInt,
    }
}

diesel::table! {
    recovery_codes (user_id, code_hash) {
        user_id -> Uuid,
        code_hash -> Bytea,
        used_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    refresh_tokens (token_hash) {
        token_hash -> Bytea,
        family_id -> Uuid,
        expires_at -> Timestamptz,
        spent_at -> Nullable<Timestamptz>,
        may_retry -> Bool,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    registrations (id) {
        id -> Uuid,
        email -> Text,
        first_name -> Text,
        last_name -> Text,
        time_zone -> Text,
        password_hash -> Nullable<Text>,
        user_id -> Nullable<Uuid>,
        sends -> SmallInt,
        is_sent -> Bool,
        sent_at -> Timestamptz,
        attempts -> SmallInt,
        expires_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    roles (id) {
        id -> Uuid,
        name -> Text,
        description -> Text,
        permissions -> Jsonb,
        is_active -> Bool,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        is_built_in -> Bool,
    }
}

diesel::table! {
    second_factors (user_id) {
        user_id -> Uuid,
        sealed_secret -> Bytea,
        confirmed_at -> Nullable<Timestamptz>,
        last_step -> Nullable<BigInt>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    sessions (id_hash) {
        id_hash -> Bytea,
        user_id -> Nullable<Uuid>,
        data -> Jsonb,
        expires_at -> Timestamptz,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        public_id -> Uuid,
        access_version -> Integer,
        device -> Text,
        network -> Nullable<Text>,
        last_used_at -> Timestamptz,
        ends_at -> Timestamptz,
    }
}

diesel::table! {
    sign_in_challenges (id) {
        id -> Uuid,
        user_id -> Uuid,
        access_version -> Integer,
        expires_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    signing_keys (id) {
        id -> Uuid,
        generation -> Integer,
        sealed_key -> Bytea,
        signs_from -> Timestamptz,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    specialty_counts (specialization) {
        specialization -> Text,
        active_providers -> Integer,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    throttles (key_hash) {
        key_hash -> Bytea,
        lane -> Text,
        count -> Integer,
        last_at -> Timestamptz,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    token_families (id) {
        id -> Uuid,
        user_id -> Uuid,
        access_version -> Integer,
        device -> Text,
        network -> Nullable<Text>,
        last_used_at -> Timestamptz,
        expires_at -> Timestamptz,
        ends_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    unseen_alerts (alert_id) {
        alert_id -> Uuid,
        patient_id -> Uuid,
        due_at -> Timestamptz,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    user_profiles (user_id) {
        user_id -> Uuid,
        gender -> Nullable<Text>,
        height_cm -> Nullable<Float>,
        weight_kg -> Nullable<Float>,
        blood_type -> Nullable<Text>,
        medical_conditions -> Nullable<Text>,
        current_medications -> Nullable<Text>,
        allergies -> Nullable<Text>,
        health_goals -> Nullable<Text>,
        activity_level -> Nullable<Text>,
        email_notifications -> Bool,
        push_notifications -> Bool,
        health_reminders -> Bool,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        visit_reminders -> Bool,
    }
}

diesel::table! {
    user_roles (user_id, role_id) {
        user_id -> Uuid,
        role_id -> Uuid,
        assigned_at -> Timestamptz,
        assigned_by -> Nullable<Uuid>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    users (id) {
        id -> Uuid,
        email -> Nullable<Text>,
        password_hash -> Nullable<Text>,
        first_name -> Text,
        last_name -> Text,
        phone_number -> Nullable<Text>,
        date_of_birth -> Nullable<Date>,
        profile_image -> Nullable<Text>,
        emergency_contact_name -> Nullable<Text>,
        emergency_contact_phone -> Nullable<Text>,
        time_zone -> Text,
        is_email_verified -> Bool,
        is_active -> Bool,
        last_login_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        access_version -> Integer,
        username -> Nullable<Text>,
        phone_verified_at -> Nullable<Timestamptz>,
        units -> Array<Text>,
    }
}

diesel::table! {
    waitlist_entries (id) {
        id -> Uuid,
        patient_id -> Uuid,
        provider_id -> Nullable<Uuid>,
        specialization -> Nullable<Text>,
        hospital_id -> Nullable<Uuid>,
        city -> Nullable<Text>,
        kinds -> Array<Text>,
        weekdays -> SmallInt,
        time_zone -> Text,
        starts -> Time,
        ends -> Time,
        from_date -> Date,
        until_date -> Date,
        reason -> Text,
        status -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    waitlist_offers (id) {
        id -> Uuid,
        entry_id -> Uuid,
        appointment_id -> Nullable<Uuid>,
        provider_id -> Uuid,
        starts_at -> Timestamptz,
        ends_at -> Timestamptz,
        appointment_type -> Text,
        token_hash -> Bytea,
        expires_at -> Timestamptz,
        position -> Integer,
        waiting -> Integer,
        outcome -> Text,
        settled_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    waitlist_openings (id) {
        id -> Uuid,
        provider_id -> Uuid,
        cause -> Text,
        starts_at -> Nullable<Timestamptz>,
        ends_at -> Nullable<Timestamptz>,
        looked_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::joinable!(account_closings -> users (user_id));

diesel::joinable!(address_changes -> users (user_id));

diesel::joinable!(appointment_changes -> appointments (appointment_id));

diesel::joinable!(appointment_changes -> users (actor_id));

diesel::joinable!(appointment_reminders -> appointments (appointment_id));

diesel::joinable!(appointment_series -> providers (provider_id));

diesel::joinable!(appointments -> appointment_series (series_id));

diesel::joinable!(appointments -> hospitals (hospital_id));

diesel::joinable!(appointments -> providers (provider_id));

diesel::joinable!(availability_exceptions -> hospitals (hospital_id));

diesel::joinable!(availability_exceptions -> providers (provider_id));

diesel::joinable!(availability_rules -> hospitals (hospital_id));

diesel::joinable!(availability_rules -> providers (provider_id));

diesel::joinable!(booking_kind_rules -> providers (provider_id));

diesel::joinable!(booking_rules -> providers (provider_id));

diesel::joinable!(calendar_feeds -> users (user_id));

diesel::joinable!(device_clearings -> devices (device_id));

diesel::joinable!(device_days -> devices (device_id));

diesel::joinable!(device_errors -> devices (device_id));

diesel::joinable!(device_keys -> devices (device_id));

diesel::joinable!(devices -> users (patient_id));

diesel::joinable!(hospital_syncs -> hospitals (hospital_id));

diesel::joinable!(hospital_syncs -> providers (provider_id));

diesel::joinable!(idempotency_keys -> appointments (appointment_id));

diesel::joinable!(idempotency_keys -> users (actor_id));

diesel::joinable!(license_checks -> providers (provider_id));

diesel::joinable!(passkey_ceremonies -> users (user_id));

diesel::joinable!(passkeys -> users (user_id));

diesel::joinable!(payment_attempts -> payments (payment_id));

diesel::joinable!(payments -> appointments (appointment_id));

diesel::joinable!(phone_codes -> users (user_id));

diesel::joinable!(profile_images -> users (user_id));

diesel::joinable!(provider_busy_times -> provider_calendars (provider_id));

diesel::joinable!(provider_calendars -> providers (provider_id));

diesel::joinable!(provider_hospitals -> hospitals (hospital_id));

diesel::joinable!(provider_hospitals -> providers (provider_id));

diesel::joinable!(providers -> users (user_id));

diesel::joinable!(reading_corrections -> users (patient_id));

diesel::joinable!(recovery_codes -> users (user_id));

diesel::joinable!(refresh_tokens -> token_families (family_id));

diesel::joinable!(registrations -> users (user_id));

diesel::joinable!(second_factors -> users (user_id));

diesel::joinable!(sessions -> users (user_id));

diesel::joinable!(sign_in_challenges -> users (user_id));

diesel::joinable!(token_families -> users (user_id));

diesel::joinable!(unseen_alerts -> reading_alerts (alert_id));

diesel::joinable!(user_profiles -> users (user_id));

diesel::joinable!(user_roles -> roles (role_id));

diesel::joinable!(waitlist_entries -> hospitals (hospital_id));

diesel::joinable!(waitlist_entries -> providers (provider_id));

diesel::joinable!(waitlist_entries -> users (patient_id));

diesel::joinable!(waitlist_offers -> appointments (appointment_id));

diesel::joinable!(waitlist_offers -> providers (provider_id));

diesel::joinable!(waitlist_offers -> waitlist_entries (entry_id));

diesel::joinable!(waitlist_openings -> providers (provider_id));

diesel::allow_tables_to_appear_in_same_query!(
    account_closings,
    address_changes,
    appointment_changes,
    appointment_reminders,
    appointment_series,
    appointment_transitions,
    appointments,
    audit_batches,
    audit_events,
    availability_exceptions,
    availability_rules,
    booking_kind_rules,
    booking_rules,
    calendar_feeds,
    demo_checkouts,
    demo_mails,
    dependants,
    device_clearings,
    device_days,
    device_errors,
    device_keys,
    devices,
    emergency_accesses,
    factor_removals,
    hospital_syncs,
    hospitals,
    idempotency_keys,
    license_checks,
    outbox,
    passkey_ceremonies,
    passkeys,
    password_resets,
    payment_attempts,
    payments,
    phone_codes,
    profile_images,
    provider_busy_times,
    provider_calendars,
    provider_hospitals,
    providers,
    proxy_grants,
    quarantined_readings,
    reading_alerts,
    reading_corrections,
    reading_days,
    reading_hours,
    reading_limits,
    reading_milestone_looks,
    reading_milestones,
    reading_reminders,
    reading_watches,
    readings,
    recovery_codes,
    refresh_tokens,
    registrations,
    roles,
    second_factors,
    sessions,
    sign_in_challenges,
    signing_keys,
    specialty_counts,
    throttles,
    token_families,
    unseen_alerts,
    user_profiles,
    user_roles,
    users,
    waitlist_entries,
    waitlist_offers,
    waitlist_openings
);
