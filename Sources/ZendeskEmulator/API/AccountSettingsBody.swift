/// `account/settings`: no IP key and no plan name in it, as in every recording.
enum AccountSettingsBody {
    static func settings(_ organization: Organization) -> JSONValue {
        let isEnterprise = organization.switches.plan.hasAuditLogs
        return [
            "branding": [
                "header_color": "03363D", "page_background_color": "333333", "tab_background_color": "7FA239",
                "text_color": "FFFFFF", "header_logo_url": nil, "favicon_url": nil,
            ],
            "apps": ["use": true, "create_private": true, "create_public": false],
            "tickets": tickets, "agents": ["agent_workspace": true, "focus_mode": false],
            "groups": ["check_group_name_uniqueness": true],
            "chat": [
                "enabled": false, "integrated": false, "available": true, "maximum_request_count": 1,
                "welcome_message": "Hi there. How can I help today?",
            ],
            "voice": ["enabled": false, "logging": true, "outbound_enabled": true],
            "twitter": ["shorten_url": "never"],
            "google_apps": ["has_google_apps": false, "has_google_apps_admin": false],
            "user": user, "screencast": ["enabled_for_tickets": false, "host": nil, "tickets_recorder_id": nil],
            "lotus": ["prefer_lotus": true, "reporting": true, "pod_id": 23],
            "statistics": ["forum": true, "search": true, "rule_usage": true], "billing": ["backend": "zuora"],
            "active_features": features(isEnterprise: isEnterprise),
            "ticket_form": [
                "ticket_forms_instructions": "Please choose your issue below",
                "raw_ticket_forms_instructions": "Please choose your issue below",
            ],
            "brands": [
                "default_brand_id": .whole(organization.brands.first { $0.isDefault }?.id),
                "require_brand_on_new_tickets": false,
            ],
            "api": [
                "accepted_api_agreement": true, "api_password_access": "false", "api_token_access": "false",
            ],
            "rule": ["macro_most_used": true, "macro_order": "alphabetical"],
            "limits": ["attachment_size": 52_428_800],
            "onboarding": ["checklist_onboarding_version": 5, "onboarding_segments": nil, "product_sign_up": nil],
            "cross_sell": ["show_chat_tooltip": true, "xsell_source": nil],
            "cdn": [
                "cdn_provider": "default", "fallback_cdn_provider": "cloudfront",
                "hosts": [["name": "default", "url": "https://static.example.com/asset"]],
            ],
            "metrics": ["account_size": "1-99"], "ticket_sharing_partners": ["support_addresses": []],
            "localization": ["locale_ids": [1, 8]],
            "knowledge": [
                "search_articles": true, "search_community_posts": true, "search_external_content": true,
                "require_article_templates": false,
            ],
            "routing": [
                "enabled": false, "autorouting_tag": "", "max_email_capacity": 1, "max_messaging_capacity": 1,
            ],
        ]
    }

    private static let tickets: JSONValue = [
        "agent_ticket_deletion": false, "list_newest_comments_first": true, "collaboration": false,
        "private_attachments": false, "email_attachments": false, "agent_collision": true, "tagging": true,
        "list_empty_views": true, "comments_public_by_default": true, "is_first_comment_private_enabled": true,
        "maximum_personal_views_to_list": 8, "status_hold": false, "markdown_ticket_comments": false,
        "rich_text_comments": true, "emoji_autocompletion": true, "assign_tickets_upon_solve": true,
        "allow_group_reset": true,
    ]

    private static let user: JSONValue = [
        "tagging": true, "time_zone_selection": true, "language_selection": true, "multiple_organizations": false,
        "agent_created_welcome_emails": true, "end_user_phone_number_validation": false,
        "have_gravatars_enabled": true,
    ]

    private static func features(isEnterprise: Bool) -> JSONValue {
        [
            "on_hold_status": false, "user_tagging": true, "ticket_tagging": true, "topic_suggestion": false,
            "voice": false, "business_hours": true, "facebook_login": false, "google_login": false,
            "twitter_login": false, "forum_analytics": true, "agent_forwarding": false, "chat": false,
            "customer_satisfaction": false, "automatic_answers": false, "csat_reason_code": false,
            "markdown": false, "bcc_archiving": false, "allow_ccs": true, "organization_access_enabled": true,
            "audit_logs_gdpr": false, "explore": true, "explore_on_support_ent_plan": .bool(isEnterprise),
            "explore_on_support_pro_plan": .bool(!isEnterprise), "sandbox": false, "light_agents": true,
            "dynamic_contents": true, "ticket_forms": true, "user_org_fields": true, "is_abusive": false,
            "rich_content_in_emails": true, "benchmark_opt_out": false,
        ]
    }
}
