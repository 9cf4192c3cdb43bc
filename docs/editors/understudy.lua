-- Understudy in Neovim 0.12 or newer: save this as ~/.config/nvim/plugin/understudy.lua

-- Where `uv tool install` puts it.
local program = vim.fn.expand('~/.local/bin/understudy')

vim.lsp.config('understudy', {
  cmd = { program, 'lsp' },
  root_markers = { '.git' },
  init_options = { client = { grows = true, status = true } },
  settings = { understudy = { eagerness = 'medium' } }, -- or 'low', 'high'
  on_attach = function(client)
    vim.lsp.inline_completion.enable(true, { client_id = client.id })
  end,
  handlers = {
    -- The model wrote more of what is shown: Neovim asks again when the cursor has moved.
    ['understudy/didGrow'] = function(_, grown)
      local here = vim.uri_to_bufnr(grown.uri) == vim.api.nvim_get_current_buf()
      if here and vim.startswith(vim.api.nvim_get_mode().mode, 'i') then
        vim.cmd('doautocmd <nomodeline> CursorMovedI')
      end
    end,
    -- For a statusline: %{get(g:,'understudy','')}
    ['understudy/didChangeStatus'] = function(_, status)
      vim.g.understudy = status.message
      if status.kind == 'trouble' then
        vim.notify(status.message .. ' ' .. status.remedy, vim.log.levels.WARN)
      end
    end,
    -- A question may not take the keys that somebody is typing.
    ['window/showMessageRequest'] = function(...)
      local asking = coroutine.running()
      if vim.startswith(vim.api.nvim_get_mode().mode, 'i') then
        vim.api.nvim_create_autocmd('InsertLeave', {
          once = true,
          callback = vim.schedule_wrap(function()
            coroutine.resume(asking)
          end),
        })
        coroutine.yield()
      end
      return vim.lsp.handlers['window/showMessageRequest'](...)
    end,
  },
})
vim.lsp.enable('understudy')

-- Leaving insert mode hides a suggestion, and going elsewhere too: only Neovim knows.
vim.api.nvim_create_autocmd({ 'InsertLeave', 'BufEnter' }, {
  callback = function(event)
    for _, client in ipairs(vim.lsp.get_clients({ name = 'understudy', bufnr = event.buf })) do
      local place = vim.lsp.util.make_position_params(0, client.offset_encoding)
      client:notify('textDocument/didFocus', place)
    end
  end,
})

-- Inserts what matches of a suggestion, behind what was typed of it in the meantime: Neovim shows it
-- on until it has the next. False where something else was typed.
local function insert(item, client, pattern)
  local row, column, _, last = item.range:to_extmark()
  local line, at = unpack(vim.api.nvim_win_get_cursor(0))
  local typed = vim.api.nvim_get_current_line():sub(column + 1, at)
  local rest = item.insert_text:sub(#typed + 1)
  if line ~= row + 1 or at < column or typed .. rest ~= item.insert_text or rest == '' then
    return false
  end
  local part = rest:match(pattern)
  local lines = vim.split(part, '\n')
  vim.api.nvim_buf_set_text(0, row, at, row, part == rest and last + #typed or at, lines)
  vim.api.nvim_win_set_cursor(0, { row + #lines, (#lines == 1 and at or 0) + #lines[#lines] })
  if part == rest then
    client:exec_cmd(item.command, { bufnr = 0 })
  end
end

-- A key that does something with the suggestion that is shown, and otherwise what it always did.
local function map(key, description, act)
  local before = vim.fn.maparg(key, 'i', false, true)
  vim.keymap.set('i', key, function()
    local shown = vim.lsp.inline_completion.get({
      on_accept = function(item)
        local client = vim.lsp.get_client_by_id(item.client_id)
        if client.name ~= 'understudy' then
          return item -- of another server: Neovim takes it
        elseif act(item, client) == false then
          vim.api.nvim_feedkeys(vim.keycode(key), 'n', false)
        end
      end,
    })
    if shown then
      return ''
    end
    return before.expr == 1 and before.callback and before.callback() or key
  end, { expr = true, desc = description })
end

map('<Tab>', 'Understudy: take the suggestion', function(item, client)
  return insert(item, client, '.*')
end)
map('<C-Right>', 'Understudy: take its next word', function(item, client)
  return insert(item, client, '^%s*[%w_]*[^%w_%s]*')
end)
map('<C-e>', 'Understudy: refuse the suggestion', function(item, client)
  client:notify('understudy/didRejectCompletion', { item = { command = item.command } })
end)

-- :Understudy explain, dashboard, snooze 30, wake, consent false, forget, reconnect
vim.api.nvim_create_user_command('Understudy', function(given)
  local client = vim.lsp.get_clients({ name = 'understudy' })[1]
  if client == nil then
    return vim.notify('Understudy is not running: see :checkhealth vim.lsp', vim.log.levels.ERROR)
  end
  local arguments = vim.tbl_map(vim.json.decode, vim.list_slice(given.fargs, 2))
  local command = { command = 'understudy.' .. given.fargs[1], arguments = arguments }
  client:exec_cmd(command, { bufnr = 0 }, function(problem, answer)
    if problem then
      vim.notify(problem.message, vim.log.levels.ERROR)
    elseif type(answer) == 'table' and answer.text then
      vim.cmd('new')
      vim.bo.buftype, vim.bo.bufhidden = 'nofile', 'wipe'
      vim.api.nvim_buf_set_lines(0, 0, -1, false, vim.split(answer.text, '\n'))
    end
  end)
end, {
  nargs = '+',
  complete = function()
    return { 'explain', 'dashboard', 'snooze', 'wake', 'consent', 'forget', 'reconnect' }
  end,
})
