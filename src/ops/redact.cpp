#include "ops/redact.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <sstream>

#include "base/files.h"

namespace hvac::ops {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRedacted = "[redacted]";
constexpr std::size_t kShortest = 6;    // Shorter ones would take ordinary words with them.
constexpr std::size_t kKeyLength = 24;  // From here on letters and digits mixed look like a key.

constexpr std::array<std::string_view, 12> kWords = {
    "password", "passwd",  "passphrase", "secret",        "token",  "api_key",
    "apikey",   "api-key", "webhook",    "authorization", "bearer", "x-key"};

bool is_key_letter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '+' || c == '=';
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

void replace_all(std::string& text, const std::string& what) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos;) {
    text.replace(at, what.size(), kRedacted);
    at += kRedacted.size();
  }
}

// "scheme://user:password@host" without the password.
void redact_urls(std::string& line) {
  for (std::size_t at = 0; (at = line.find("://", at)) != std::string::npos; at += 3) {
    const std::size_t begin = at + 3;
    const std::size_t end = line.find_first_of(" \t\"'<>,", begin);
    const std::size_t sign = line.rfind('@', end);
    const std::size_t colon = line.find(':', begin);
    if (sign == std::string::npos || sign < begin) continue;
    if (colon == std::string::npos || colon > sign) continue;
    line.replace(colon + 1, sign - colon - 1, kRedacted);
  }
}

// What follows a word that announces a secret, up to the end of the value. "password_file = …"
// names a file and stays.
void redact_words(std::string& line) {
  for (const std::string_view word : kWords) {
    for (std::size_t at = 0;;) {
      at = lower(line).find(word, at);
      if (at == std::string::npos) break;
      std::size_t begin = at + word.size();
      at = begin;
      if (line.substr(begin, 5) == "_file") continue;
      // "webhook_url = …", "password2: …"; "passwords are" is no secret.
      while (begin < line.size() && (is_key_letter(line[begin]) && line[begin] != '=')) ++begin;
      const bool longer = begin > at;
      const std::size_t after = begin;
      while (begin < line.size() &&
             std::string_view(" \t\"':=").find(line[begin]) != std::string_view::npos) {
        ++begin;
      }
      if (begin == after || begin >= line.size()) continue;
      if (longer && line.substr(after, begin - after).find_first_of(":=") == std::string::npos) {
        continue;
      }
      const bool quoted = line[begin - 1] == '"' || line[begin - 1] == '\'';
      std::size_t end =
          quoted ? line.find(line[begin - 1], begin) : line.find_first_of(" \t\"',;}&", begin);
      if (lower(line.substr(begin, 7)) == "bearer " || lower(line.substr(begin, 6)) == "basic ") {
        end = line.find_first_of("\"',;}", begin);
      }
      end = std::min(end, line.size());
      line.replace(begin, end - begin, kRedacted);
      at = begin + kRedacted.size();
    }
  }
}

// Long runs of letters and digits mixed: keys and their hashes.
void redact_keys(std::string& line) {
  for (std::size_t at = 0; at < line.size();) {
    std::size_t end = at;
    bool digit = false;
    bool letter = false;
    for (; end < line.size() && is_key_letter(line[end]); ++end) {
      digit = digit || std::isdigit(static_cast<unsigned char>(line[end])) != 0;
      letter = letter || std::isalpha(static_cast<unsigned char>(line[end])) != 0;
    }
    if (end - at >= kKeyLength && digit && letter) {
      line.replace(at, end - at, kRedacted);
      end = at + kRedacted.size();
    }
    at = std::max(end, at + 1);
  }
}

void add_lines(const fs::path& file, std::set<std::string>& secrets) {
  const auto text = read_file(file);
  if (!text || text->size() > (1U << 20)) return;
  std::string word;
  for (const char c : *text + "\n") {
    const bool part = std::isgraph(static_cast<unsigned char>(c)) != 0 && c != '"' && c != ',';
    if (part) {
      word += c;
      continue;
    }
    // Names of keys in JSON are no secrets.
    if (word.size() >= kShortest && !word.ends_with(':')) secrets.insert(word);
    word.clear();
  }
}

bool holds_secrets(const fs::path& path) {
  const std::string name = lower(path.filename().string());
  return name.starts_with("keys") || name.ends_with(".key") || name.ends_with(".pem") ||
         name.find("password") != std::string::npos || name.find("secret") != std::string::npos ||
         name.find("token") != std::string::npos;
}

}  // namespace

std::vector<std::string> known_secrets(const fs::path& home, const std::vector<fs::path>& also) {
  std::set<std::string> secrets;
  std::error_code error;
  for (fs::directory_iterator it(home, error), end; !error && it != end; it.increment(error)) {
    if (it->is_regular_file() && holds_secrets(it->path())) add_lines(it->path(), secrets);
  }
  for (fs::recursive_directory_iterator it(home / "tls", error), end; !error && it != end;
       it.increment(error)) {
    if (it->is_regular_file()) add_lines(it->path(), secrets);
  }
  for (const fs::path& file : also) {
    if (!file.empty()) add_lines(file, secrets);
  }
  // Longer ones first, so that none is cut by one that it holds.
  std::vector<std::string> list(secrets.begin(), secrets.end());
  std::sort(list.begin(), list.end(),
            [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
  return list;
}

std::string redact(std::string_view text, const std::vector<std::string>& secrets) {
  std::string whole(text);
  for (const std::string& secret : secrets) replace_all(whole, secret);
  std::string result;
  std::istringstream lines(whole);
  std::string line;
  bool in_pem = false;
  while (std::getline(lines, line)) {
    const bool begins = line.find("-----BEGIN") != std::string::npos;
    const bool ends = line.find("-----END") != std::string::npos;
    if (begins || in_pem) {
      in_pem = !ends;
      line = kRedacted;
    } else {
      redact_urls(line);
      redact_words(line);
      redact_keys(line);
    }
    result += line + "\n";
  }
  return result;
}

}  // namespace hvac::ops
