package io.thalweg.directory.rules;

import static io.thalweg.directory.rules.Change.requireValid;

import io.thalweg.directory.Actor;
import io.thalweg.directory.Bounds;
import io.thalweg.directory.Invitation;
import io.thalweg.directory.Names;
import io.thalweg.directory.Role;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.User;
import io.thalweg.directory.command.DirectoryCommand.AcceptInvitation;
import io.thalweg.directory.command.DirectoryCommand.ChangePassword;
import io.thalweg.directory.command.DirectoryCommand.ChangeRole;
import io.thalweg.directory.command.DirectoryCommand.CreateInvitation;
import io.thalweg.directory.command.DirectoryCommand.CreateUser;
import io.thalweg.directory.command.DirectoryCommand.RemoveMember;
import io.thalweg.directory.command.DirectoryCommand.RevokeInvitation;
import io.thalweg.directory.secret.PasswordHash;
import io.thalweg.model.UserId;

/** Who may become, be and stop being a member of a tenant. */
final class MemberRules {
    private MemberRules() {}

    static void create(Change change, CreateUser command) {
        change.requireOperator();
        Tenant tenant = change.tenant();
        Names.checkEmail(command.email());
        checkPassword(command.password());
        admit(change, tenant, command.user(), command.email(), command.password(), command.role());
    }

    static void changePassword(Change change, ChangePassword command) {
        boolean self = change.actor instanceof Actor.OfUser(var user) && user.equals(command.user());
        if (!self) {
            change.requireOperator();
        }
        change.authority();
        checkPassword(command.password());
        User user = user(change, command.user());
        change.draft.put(change.tenant(), user.withPassword(command.password()));
    }

    static void invite(Change change, CreateInvitation command) {
        change.requirePerson(Role.ADMIN);
        Names.checkEmail(command.email());
        if (command.role() == Role.OWNER || !change.authority().role().atLeast(command.role())) {
            throw Change.forbidden("nobody is invited as owner or above the role of who invites");
        }
        Tenant tenant = change.tenant();
        if (tenant.user(command.email()).isPresent()) {
            throw Change.exists(command.email() + " is a member");
        }
        if (tenant.invitations().stream().anyMatch(old -> old.id().equals(command.invitation()))) {
            throw Change.exists("invitation " + command.invitation() + " exists");
        }
        for (Invitation old : tenant.invitations()) {
            if (old.expiresNs() <= change.nowNs) {
                tenant = change.draft.remove(tenant, old);
            }
        }
        Change.requireRoom(tenant.invitations().size(), Bounds.MAX_INVITATIONS, "open invitations");
        change.draft.put(
                tenant,
                new Invitation(
                        command.invitation(),
                        command.email(),
                        command.role(),
                        command.token(),
                        change.nowNs,
                        change.nowNs + Bounds.INVITATION_NS));
    }

    /** The token is the authority here: the actor is the user that there is afterwards. */
    static void accept(Change change, AcceptInvitation command) {
        Tenant tenant = change.tenant();
        Invitation invitation = tenant.invitation(command.invitation(), change.nowNs)
                .filter(found -> found.token().matches(command.token()))
                .orElseThrow(() -> Change.notFound("open invitation", command.invitation()));
        requireValid(
                change.actor.equals(new Actor.OfUser(command.user())),
                "an invitation is accepted by who becomes member");
        checkPassword(command.password());
        tenant = change.draft.remove(tenant, invitation);
        admit(change, tenant, command.user(), invitation.email(), command.password(), invitation.role());
    }

    static void revoke(Change change, RevokeInvitation command) {
        change.requirePerson(Role.ADMIN);
        Tenant tenant = change.tenant();
        change.draft.remove(
                tenant,
                tenant.invitation(command.invitation(), change.nowNs)
                        .orElseThrow(() -> Change.notFound("open invitation", command.invitation())));
    }

    static void changeRole(Change change, ChangeRole command) {
        change.requirePerson(Role.ADMIN);
        User user = user(change, command.user());
        Role own = change.authority().role();
        if (!own.atLeast(user.role()) || !own.atLeast(command.role())) {
            throw Change.forbidden("no role above the own one can be given or taken");
        }
        if (command.role() != Role.OWNER) {
            requireOtherOwner(change.tenant(), user);
        }
        change.draft.put(change.tenant(), user.withRole(command.role()));
    }

    static void remove(Change change, RemoveMember command) {
        boolean self = change.actor instanceof Actor.OfUser(var user) && user.equals(command.user());
        change.requirePerson(self ? Role.MEMBER : Role.ADMIN);
        User user = user(change, command.user());
        if (!change.authority().role().atLeast(user.role())) {
            throw Change.forbidden("nobody removes a member above the own role");
        }
        requireOtherOwner(change.tenant(), user);
        change.draft.remove(change.tenant(), user);
    }

    private static void admit(Change change, Tenant tenant, UserId id, String email, PasswordHash password, Role role) {
        if (tenant.user(id).isPresent() || tenant.user(email).isPresent()) {
            throw Change.exists(email + " is a member");
        }
        Change.requireRoom(tenant.userCount(), Bounds.MAX_USERS, "members");
        change.draft.put(tenant, new User(id, email, password, 1, role, change.nowNs));
    }

    private static User user(Change change, UserId id) {
        return change.tenant().user(id).orElseThrow(() -> Change.notFound("member", id));
    }

    private static void requireOtherOwner(Tenant tenant, User user) {
        boolean last = user.role() == Role.OWNER
                && tenant.users().stream()
                        .noneMatch(other ->
                                other.role() == Role.OWNER && !other.id().equals(user.id()));
        if (last) {
            throw Change.forbidden("a tenant keeps its last owner: make somebody else owner first");
        }
    }

    private static void checkPassword(PasswordHash password) {
        requireValid(!password.text().isEmpty(), "a password hash is not empty");
    }
}
