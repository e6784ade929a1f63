/// The built-in roles that every list of custom roles contains, and one of the organization's own.
enum SeededRoles {
    static func all(_ id: Int64) -> [CustomRole] {
        [
            CustomRole(
                id: id + 401, name: "Admin", description: "Can manage the account and all settings", roleType: 4,
                configuration: configuration(full: true)),
            CustomRole(
                id: id + 402, name: "Light agent",
                description: "Can view and add private comments to tickets, and view reports", roleType: 1,
                configuration: configuration(full: false, light: true)),
            CustomRole(
                id: id + 403, name: "Contributor", description: "Can provide limited support", roleType: 3,
                configuration: configuration(full: false)),
            CustomRole(
                id: id + 404, name: "Billing admin", description: "Can manage billing and the whole account",
                roleType: 5, configuration: configuration(full: true)),
            CustomRole(
                id: id + 405, name: "Advisor",
                description: "Can automate ticket workflows, manage channels and make private comments on tickets",
                roleType: 0, configuration: configuration(full: false)),
        ]
    }

    private static func configuration(full: Bool, light: Bool = false) -> JSONValue {
        let can = JSONValue.bool(full)
        let access: JSONValue = full ? "full" : "readonly"
        return [
            "chat_access": .bool(!light), "manage_business_rules": can, "manage_dynamic_content": can,
            "manage_extensions_and_channels": can, "manage_facebook": can, "organization_editing": can,
            "organization_notes_editing": can, "ticket_deletion": can, "view_deleted_tickets": can,
            "ticket_tag_editing": can, "twitter_search_access": can, "forum_access_restricted_content": can,
            "end_user_list_access": light ? "none" : "full", "ticket_access": full ? "all" : "within-groups",
            "ticket_comment_access": light ? "none" : "public", "voice_access": .bool(!light),
            "moderate_forums": can, "group_access": can, "light_agent": .bool(light),
            "side_conversation_create": .bool(!light), "assign_tickets_to_any_group": can,
            "end_user_profile_access": access, "explore_access": access, "forum_access": access,
            "macro_access": access, "report_access": access, "ticket_editing": .bool(!light), "ticket_merge": can,
            "view_access": access, "user_view_access": access, "voice_dashboard_access": can,
            "manage_contextual_workspaces": can, "manage_organization_fields": can, "manage_ticket_fields": can,
            "manage_ticket_forms": can, "manage_user_fields": can,
        ]
    }
}
