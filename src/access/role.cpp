#include "access/role.h"

namespace hvac::access {

std::string_view name(Role role) {
  switch (role) {
    case Role::anyone:
      return "anyone";
    case Role::viewer:
      return "viewer";
    case Role::operator_:
      return "operator";
    case Role::admin:
      return "admin";
  }
  return "";
}

std::optional<Role> role_named(std::string_view word) {
  for (const Role role : {Role::viewer, Role::operator_, Role::admin}) {
    if (name(role) == word) return role;
  }
  return std::nullopt;
}

}  // namespace hvac::access
