#include "crossfold/imaging/segment_images.h"

#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>

#include "crossfold/core/csv.h"
#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/imaging/decode.h"
#include "crossfold/imaging/image_oddity.h"
#include "crossfold/imaging/lung_mask.h"

#include "mask_names.h"
#include "row_workers.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

std::string encode_png(const GrayImage& mask) {
  const cv::Mat view(mask.height, mask.width, CV_8UC1,
                     const_cast<std::uint8_t*>(mask.pixels.data()));  // only read from
  std::vector<std::uint8_t> bytes;
  CF_ENSURE(cv::imencode(".png", view, bytes));
  return {bytes.begin(), bytes.end()};
}

/// One image and its mask, however many rows name it.
struct Task {
  fs::path image;    ///< absolute
  fs::path mask;     ///< relative to the masks' folder
  std::string line;  ///< of masks.csv
  std::optional<std::string> problem;
  std::optional<std::string> blank;
  std::optional<std::string> odd;
};

struct Tasks {
  std::vector<Task> list;
  std::vector<std::size_t> of_row;
};

Tasks plan_tasks(const fs::path& images_folder, std::span<const ImageRow> rows,
                 const fs::path& masks_folder) {
  std::vector<fs::path> images;
  images.reserve(rows.size());
  for (const ImageRow& row : rows)
    images.push_back(fs::absolute(images_folder / row.path).lexically_normal());
  const fs::path base = fs::absolute(masks_folder).lexically_normal();
  const std::map<fs::path, fs::path> names = mask_names(images);
  std::map<fs::path, std::size_t> known;
  Tasks tasks;
  for (const fs::path& image : images) {
    const auto [task, is_new] = known.emplace(image, tasks.list.size());
    tasks.of_row.push_back(task->second);
    if (!is_new) continue;
    const fs::path& name = names.at(image);
    tasks.list.push_back(
        {.image = image,
         .mask = name,
         .line = csv_line({image.lexically_relative(base).string(), name.string()}),
         .problem = {},
         .blank = {},
         .odd = {}});
  }
  return tasks;
}

const std::string& table_head() {
  static const std::string head = csv_line({"image", "mask"});
  return head;
}

/// Before any work: what stands in the folder must be left by the same work, or in nobody's way.
void require_own_folder(const fs::path& folder, const std::vector<Task>& tasks) {
  const auto real = [](const fs::path& path) {
    std::error_code ignored;
    return fs::weakly_canonical(path, ignored);
  };
  std::set<fs::path> images;
  for (const Task& task : tasks) images.insert(real(task.image));
  for (const Task& task : tasks)
    CF_VALIDATE(!images.contains(real(folder / task.mask)), ErrorCode::bad_input,
                "is an image of the manifest, and its mask would be written over it. name another "
                "--out",
                (folder / task.mask).string());
  const fs::path table = folder / "masks.csv";
  if (!is_there(table)) return;
  std::set<std::string> own = {table_head()};
  for (const Task& task : tasks) own.insert(task.line);
  std::istringstream text(read_file(table, kMostTableBytes));
  for (std::string line; std::getline(text, line);)
    CF_VALIDATE(own.contains(line + "\n"), ErrorCode::bad_input,
                fmt::format("is there already and names other masks ('{}'), and is left alone. "
                            "name another --out, or move it away",
                            line),
                table.string());
}

/// A file that is there is kept: it must be the same, as where the work was done before.
void write_if_new(const fs::path& path, const std::string& bytes) {
  if (!is_there(path)) {
    write_file_whole(path, bytes);
    return;
  }
  CF_VALIDATE(read_file(path, kMaxImageFileBytes) == bytes, ErrorCode::bad_input,
              "is there already and is another mask than the one found now (by another model, or "
              "by hand), and is left alone. name another --out, or move it away",
              path.string());
}

void segment(Task& task, const Segmenter& segmenter, const fs::path& folder) {
  GrayImage mask;
  try {
    const GrayImage image = read_gray_image(task.image);
    task.blank = image_oddity(image);
    mask = segmenter.segment(image);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::bad_input && error.code() != ErrorCode::io) throw;
    task.problem = error.message();
    return;
  }
  task.odd = mask_oddity(mask);
  write_if_new(folder / task.mask, encode_png(mask));
}

}  // namespace

SegmentedImages segment_images(const fs::path& images_folder, std::span<const ImageRow> rows,
                               const Segmenter& segmenter, const fs::path& folder, int threads,
                               const std::function<void(std::size_t, std::size_t)>& progress) {
  CF_EXPECT(threads >= 1);
  CF_VALIDATE(!rows.empty(), ErrorCode::bad_input,
              "no images to segment (the manifest has no rows). give at least one",
              images_folder.string());
  confine_opencv();
  Tasks tasks = plan_tasks(images_folder, rows, folder);
  require_own_folder(folder, tasks.list);
  std::set<fs::path> folders;
  for (const Task& task : tasks.list) folders.insert(folder / task.mask.parent_path());
  for (const fs::path& one : folders) create_writable_folder(one);
  for_each_row(
      tasks.list.size(), threads, [&](std::size_t i) { segment(tasks.list[i], segmenter, folder); },
      progress);

  SegmentedImages result;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const Task& task = tasks.list[tasks.of_row[row]];
    result.masks.push_back(task.problem ? fs::path() : task.mask);
    const auto note = [&](std::vector<BadImage>& list, const std::optional<std::string>& reason) {
      if (reason) list.push_back({row, rows[row].id, rows[row].path, *reason});
    };
    note(result.bad, task.problem);
    note(result.blank, task.blank);
    note(result.odd, task.odd);
  }
  std::string table = table_head();
  for (const Task& task : tasks.list)
    if (!task.problem) table += task.line;
  write_file_whole(folder / "masks.csv", table);
  return result;
}

}  // namespace crossfold
