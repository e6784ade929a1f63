/// `security_settings`, shaped like the published example; only the `ip` part is alive.
enum SecuritySettingsBody {
    static func settings(_ switches: OrganizationSwitches) -> JSONValue {
        [
            "admins_can_set_user_passwords": false, "agent_session_timeout": 480, "assumable": false,
            "assumable_account_type": false, "assumption_duration": "off", "assumption_expiration": nil,
            "authentication": ["agent": agents, "end_user": endUsers], "csp_blocking_enabled": true,
            "email_agent_when_sensitive_fields_changed": true, "end_user_session_timeout": 480,
            "ip": [
                "enable_agent_ip_restrictions": .bool(switches.enableAgentIPRestrictions),
                "ip_ranges": .text(switches.ipRanges),
                "ip_restriction_enabled": .bool(switches.ipRestrictionEnabled),
            ],
            "maximum_session_duration": 720, "maximum_session_duration_enabled": true, "mobile_app_access": true,
            "mobile_app_session_timeout": 300, "two_factor_last_update": nil,
        ]
    }

    private static let agents: JSONValue = [
        "enforce_sso": false, "google_login": false, "office_365_allowed_tids": "", "office_365_enforce_tid": false,
        "office_365_login": false,
        "password": [
            "disallow_local_part_from_email": false, "failed_attempts_allowed": 10, "is_available": true,
            "max_sequence": nil, "password_complexity": 0, "password_duration": 0, "password_history_length": 0,
            "password_in_mixed_case": false, "password_length": 5,
        ],
        "primary_external_auth": nil, "remote_bypass": 2, "remote_bypass_name": "admins", "remote_login": false,
        "security_policy_id": 350, "security_policy_name": "recommended", "sso_auto_redirect": false,
        "zendesk_login": true,
    ]

    private static let endUsers: JSONValue = [
        "enforce_sso": false, "facebook_login": false, "google_login": false, "office_365_login": false,
        "primary_external_auth": nil, "remote_login": false, "security_policy_id": 350,
        "security_policy_name": "recommended", "sso_auto_redirect": false, "twitter_login": false,
        "zendesk_login": true,
    ]
}
