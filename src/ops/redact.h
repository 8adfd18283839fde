#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// Keeping secrets out of what leaves the instance.
namespace hvac::ops {

/// The secrets that lie in files of an instance: keys, passwords, private keys, line by line, and
/// those in the files that `also` names.
std::vector<std::string> known_secrets(const std::filesystem::path& home,
                                       const std::vector<std::filesystem::path>& also);

/// `text` with "[redacted]" in the place of the known secrets, of passwords in URLs, of what
/// follows words such as password, token or key, of PEM blocks, and of whatever looks like a key.
std::string redact(std::string_view text, const std::vector<std::string>& secrets);

}  // namespace hvac::ops
