/// The account: brands, settings, roles, languages, audit log.
extension APIRoute {
    static let account: [APIRoute] = [
        APIRoute(
            "GET", "brands", scopes: ["brands:read", "read"], access: .agent, parameters: Paging.parameters,
            endpoint: brands),
        APIRoute(
            "GET", "security_settings", scopes: ["security:read", "read"], access: .admin, parameters: ["brand_id"],
            endpoint: securitySettings),
        APIRoute(
            "GET", "account/settings", scopes: ["account_settings:read", "read"], access: .agent,
            endpoint: accountSettings),
        APIRoute("GET", "custom_roles", scopes: ["read"], access: .agent, endpoint: customRoles),
        APIRoute(
            "GET", "audit_logs", scopes: ["auditlogs:read", "read"], access: .admin,
            parameters: Paging.parameters.union(AuditLogFilter.parameters), endpoint: auditLogs),
        APIRoute("GET", "locales/public", access: .anyone, endpoint: locales),
    ]

    @Sendable private static func brands(_ organization: inout Organization, _ call: APICall) -> Answer {
        let isAdmin = call.caller.person?.role == .admin
        return Paging(name: "brands", call: call).answer(
            organization.brands.map { brand in
                (brand.id, brandBody(brand, organization, call: call, isAdmin: isAdmin))
            })
    }

    private static func brandBody(
        _ brand: Brand, _ organization: Organization, call: APICall, isAdmin: Bool
    ) -> JSONValue {
        let hasHelpCenter = brand.hasHelpCenter && organization.switches.helpCenter != .absent
        let isEnabled = hasHelpCenter && organization.switches.helpCenter == .enabled
        let body: JSONValue = [
            "url": call.link("brands/\(brand.id)"), "id": .integer(brand.id), "name": .string(brand.name),
            "brand_url": .string(
                call.origin.replacing("://\(organization.subdomain).", with: "://\(brand.subdomain).")),
            "subdomain": .string(brand.subdomain), "has_help_center": .bool(hasHelpCenter),
            "help_center_state": .string(isEnabled ? brand.helpCenterState : "disabled"),
            "active": .bool(brand.isActive), "default": .bool(brand.isDefault), "is_deleted": false, "logo": nil,
            "ticket_form_ids": [.integer(organization.id + 701)], "signature_template": "{{agent.signature}}",
            "created_at": .time(brand.createdAt), "updated_at": .time(brand.createdAt),
        ]
        // Only admins see a host mapping.
        return isAdmin ? body.adding([JSONMember("host_mapping", .null)]) : body
    }

    /// Roles come in one list; the parameters of cursor paging are refused here.
    @Sendable private static func customRoles(_ organization: inout Organization, _ call: APICall) -> Answer {
        guard !call.query.pairs.contains(where: { $0.name.hasPrefix("page[") }) else {
            return APIErrors.pagination(
                "InvalidPaginationParameter", title: "Invalid pagination parameter",
                detail: "cursor pagination is not supported")
        }
        let roles = organization.customRoles.map { role -> JSONValue in
            let members = organization.people.count { $0.customRoleID == role.id }
            return [
                "id": .integer(role.id), "name": .string(role.name), "description": .string(role.description),
                "role_type": .integer(role.roleType), "created_at": .time(organization.createdAt),
                "updated_at": .time(organization.createdAt), "configuration": role.configuration,
                "team_member_count": .integer(Int64(members)),
            ]
        }
        return .json([
            "custom_roles": .array(roles), "next_page": nil, "previous_page": nil,
            "count": .integer(Int64(roles.count)),
        ])
    }

    @Sendable private static func auditLogs(_ organization: inout Organization, _ call: APICall) -> Answer {
        guard organization.switches.plan.hasAuditLogs else { return APIErrors.forbidden }
        let records = AuditLogFilter(call.query).apply(organization.auditLog)
        return Paging(name: "audit_logs", call: call).answer(
            records.map { ($0.id, AuditLogFilter.body($0, call: call)) })
    }

    /// The probe for whether an account exists: open to everybody.
    @Sendable private static func locales(_ organization: inout Organization, _ call: APICall) -> Answer {
        let locales: [(Int64, String, String)] = [(1, "en-US", "English"), (8, "de", "Deutsch")]
        return .json([
            "locales": .array(
                locales.map { id, locale, name in
                    [
                        "url": .string("\(call.origin)/api/v2/locales/\(locale).json"), "id": .integer(id),
                        "locale": .string(locale), "name": .string(name), "created_at": "2009-07-20T22:55:29Z",
                        "updated_at": "2011-05-05T10:38:52Z",
                    ]
                }), "next_page": nil, "previous_page": nil, "count": .integer(Int64(locales.count)),
        ])
    }

    @Sendable private static func accountSettings(_ organization: inout Organization, _ call: APICall) -> Answer {
        .json(["settings": AccountSettingsBody.settings(organization)])
    }

    @Sendable private static func securitySettings(_ organization: inout Organization, _ call: APICall) -> Answer {
        .json(["security_settings": SecuritySettingsBody.settings(organization.switches)])
    }
}
