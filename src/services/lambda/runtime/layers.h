// /opt of a function: its layers, merged in order into one folder. Folders are content-addressed by the list of layers, made once, with hard
// links where the file system allows them and copies else. Functions see them read-only.
#pragma once
#include <string>
#include <vector>

#include "base/error.h"

namespace fogbank::lambda::runtime {

/// The folder, made if need be below `root`. Reads and writes the disk: pool threads. Safe to be called for the same layers by several threads.
/// One layer alone is its own folder; none is an empty path.
Result<std::string> merged_layers(const std::string& root, const std::vector<std::string>& layers);

}  // namespace fogbank::lambda::runtime
