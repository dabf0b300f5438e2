// The cooperative's own settings of the web client.
Sao.config.title = 'Coopérative';
