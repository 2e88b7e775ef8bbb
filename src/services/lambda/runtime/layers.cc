#include "services/lambda/runtime/layers.h"

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>

#include "base/encoding.h"
#include "base/strings.h"

namespace fogbank::lambda::runtime {
namespace fs = std::filesystem;
namespace {

// A later layer's entry takes the place of an earlier one of another kind.
void place(const fs::path& from, const fs::path& to) {
  auto kind = fs::symlink_status(from).type();
  auto there = fs::symlink_status(to).type();
  if (there != fs::file_type::not_found && !(kind == fs::file_type::directory && there == fs::file_type::directory)) fs::remove_all(to);
  if (kind == fs::file_type::directory) {
    fs::create_directory(to);
    return;
  }
  if (kind == fs::file_type::symlink) return fs::copy_symlink(from, to);
  if (kind != fs::file_type::regular) return;
  std::error_code linked;
  fs::create_hard_link(from, to, linked);
  if (linked) fs::copy_file(from, to);
}

}  // namespace

Result<std::string> merged_layers(const std::string& root, const std::vector<std::string>& layers) {
  if (layers.empty()) return std::string();
  for (const auto& layer : layers)
    if (access(layer.c_str(), R_OK | X_OK) != 0) return fail("InvalidParameterValueException", cat("The unpacked layer ", layer, " cannot be read."), 500);
  if (layers.size() == 1) return layers[0];
  std::string list;
  for (const auto& layer : layers) append(list, layer, '\n');
  std::string folder = cat(root, "/opt/", sha256_hex(list));
  if (access(folder.c_str(), F_OK) == 0) return folder;
  try {
    fs::create_directories(root + "/opt");
    std::string made = cat(root, "/opt/.new-XXXXXX");
    if (!mkdtemp(made.data())) return fail("ServiceException", cat("No folder for merged layers can be made below ", root, "."), 500);
    fs::permissions(made, fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec | fs::perms::others_read | fs::perms::others_exec);
    for (const auto& layer : layers)
      for (const auto& entry : fs::recursive_directory_iterator(layer, fs::directory_options::none)) place(entry.path(), fs::path(made) / entry.path().lexically_relative(layer));
    std::error_code renamed;
    fs::rename(made, folder, renamed);   // whole or not at all
    if (renamed) fs::remove_all(made);
    if (access(folder.c_str(), F_OK) != 0) return fail("ServiceException", cat("Layers cannot be merged: ", renamed.message()), 500);
  } catch (const fs::filesystem_error& e) {
    return fail("ServiceException", cat("Layers cannot be merged: ", e.what()), 500);
  }
  return folder;
}

}  // namespace fogbank::lambda::runtime
