#include "app/operator_name.h"

#include <pwd.h>
#include <unistd.h>

namespace hvac::app {

std::string operator_name() {
  const char* login = ::getlogin();
  const passwd* entry = login == nullptr ? ::getpwuid(::geteuid()) : nullptr;
  std::string name = login != nullptr ? login : entry != nullptr ? entry->pw_name : "unknown";
  char machine[256] = {};
  if (::gethostname(machine, sizeof machine - 1) == 0) name += std::string("@") + machine;
  return name;
}

}  // namespace hvac::app
